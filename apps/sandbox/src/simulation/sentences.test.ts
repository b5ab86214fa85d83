import { sentenceOf, type SentenceRecord } from '@weir/contract';
import { expect, it } from 'vitest';
import { operations } from './catalogue.ts';
import { generateAuditEvents, type AuditEvent } from './events.ts';

const recordOf = (event: AuditEvent): SentenceRecord => ({
  status: { status: event.activityResult, activityType: event.activityType },
  actor: {
    type: event.actor.auditActorType,
    upn: event.actor.userPrincipalName ?? event.actor.servicePrincipalName,
    objectId: event.actor.userId,
    application: event.actor.applicationDisplayName,
    applicationId: event.actor.applicationId,
  },
  targets: event.resources.map((r) => ({
    type: r.auditResourceType,
    name: r.displayName,
    objectId: r.resourceId,
    modifiedProperties: r.modifiedProperties.map((p) => ({ name: p.displayName, oldValue: p.oldValue, newValue: p.newValue })),
  })),
});

it('there is a plain sentence for everything that the simulated admins do', () => {
  const events = generateAuditEvents({ seed: 7, count: 20_000, from: new Date('2026-01-01'), to: new Date('2026-06-01'), users: 200 });
  const seen = new Set<string>();
  for (const event of events) {
    seen.add(event.activityType);
    const sentence = sentenceOf(recordOf(event));
    expect(sentence, event.activityType).toMatch(/^\S.* (\S+ed|read|sent|set|began|tried to \S+) .*\S$/);
    // The thing's own name is in it, and no piece of the record's machinery.
    expect(sentence).toContain(event.resources[0]!.displayName);
    expect(sentence, event.activityType).not.toMatch(/<null>|undefined|DeviceManagement[A-Z]|%| {2}/);
  }
  expect(operations.filter((o) => !seen.has(o.activityType)).map((o) => o.activityType)).toEqual([]);
});
