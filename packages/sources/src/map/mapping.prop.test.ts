import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toRecord } from '../import/read.ts';
import { mapAuditEvent, type GraphAuditEvent } from './audit-event.ts';
import { extractFields } from './extract.ts';

const text = fc.option(fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('<null>', '__proto__', 'Success', 'Patch')), {
  freq: 4,
});
const resource = fc.record(
  {
    displayName: text,
    resourceId: text,
    modifiedProperties: fc.option(fc.array(fc.record({ displayName: text, oldValue: text, newValue: text }), { maxLength: 3 })),
  },
  { requiredKeys: [] },
);
const actor = fc.record(
  {
    auditActorType: text,
    userPermissions: fc.option(fc.array(fc.string())),
    applicationDisplayName: text,
    userPrincipalName: text,
    servicePrincipalName: text,
    remoteTenantId: text,
  },
  { requiredKeys: [] },
);
const graphEvent: fc.Arbitrary<GraphAuditEvent> = fc.record(
  {
    id: fc.uuid(),
    activityDateTime: fc
      .date({ min: new Date('2018-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((d) => d.toISOString().replace('Z', '1234Z')),
    activityType: text,
    activityOperationType: text,
    activityResult: text,
    category: text,
    correlationId: text,
    actor: fc.option(actor),
    resources: fc.option(fc.array(resource, { maxLength: 4 })),
  },
  { requiredKeys: ['id', 'activityDateTime'] },
);

it('maps any audit event to one line that keeps id, time and every resource, the same bytes each time', () => {
  fc.assert(
    fc.property(graphEvent, (event) => {
      const record = mapAuditEvent('t', event);
      expect(mapAuditEvent('t', structuredClone(event))).toEqual(record);
      expect(record.body).not.toMatch(/[\n\r]/);
      const body = JSON.parse(record.body) as {
        time: string;
        properties: { AuditEventId: string; Targets: unknown[]; TargetObjectIds: unknown[] };
      };
      expect([record.id, body.properties.AuditEventId, body.time]).toEqual([event.id, event.id, event.activityDateTime]);
      expect([body.properties.Targets.length, body.properties.TargetObjectIds.length]).toEqual(Array(2).fill(event.resources?.length ?? 0));
      expect(record.fields.targets.every((t) => t !== '<null>' && t !== '')).toBe(true);
    }),
  );
});

it('finds the same fields in the record as in the event that it came from, when Azure hands it in', () => {
  fc.assert(
    fc.property(graphEvent, (event) => {
      const mapped = mapAuditEvent('t', event);
      const again = toRecord(JSON.parse(mapped.body), 't');
      if (typeof again === 'string') throw new Error(again);
      expect([again.id, again.category, again.body]).toEqual([mapped.id, mapped.category, mapped.body]);
      // Numbers have no name for a category that is not known.
      expect({ ...again.fields, auditCategory: null }).toEqual({ ...mapped.fields, auditCategory: null });
    }),
  );
});

it('never throws, whatever the record looks like', () => {
  const nested = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          'properties',
          'Actor',
          'initiatedBy',
          'user',
          'identity',
          'targetResources',
          'TargetDisplayNames',
          'Category',
          'time',
          'id',
          'activityDateTime',
          'resources',
          'resourceId',
          'category',
        ),
        tie('value'),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(nested, (value) => {
      extractFields(value);
      const result = toRecord(value, 't');
      if (typeof result === 'string') expect(result).not.toBe('');
      else expect([typeof result.id, Number.isNaN(Date.parse(result.time))]).toEqual(['string', false]);
    }),
    { numRuns: 500 },
  );
});
