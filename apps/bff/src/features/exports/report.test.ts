import type { AuditDetails } from '@weir/contract';
import { expect, test } from 'vitest';
import { contentsLine, reportRecord } from './report.ts';

const details: AuditDetails = {
  id: 'r',
  seq: 7,
  body: null,
  original: null,
  activity: { date: '2026-11-21T04:37:11.1234567Z', name: 'Patch MobileApp', correlationId: 'c', category: 'Application', component: null },
  status: { status: 'Success', operationType: 'Patch', activityType: 'Patch MobileApp' },
  actor: { type: 'ItPro', upn: 'maya@contoso.example', objectId: null, application: null, applicationId: null, permissions: ['*'] },
  targets: [
    {
      name: 'Teams <b>\u202e',
      type: 'MobileApp',
      objectId: '0f8b6b0e-0000-4000-8000-0123456789ab_adadadad-808e-44e2-905a-0b7873a8a531',
      modifiedProperties: [
        { name: 'Description', oldValue: 'for all of us', newValue: 'for none of us' },
        { name: 'Notes', oldValue: null, newValue: '<null>' },
        { name: '$Collection.RoleScopeTagIds[0]', oldValue: '', newValue: '0' },
      ],
    },
  ],
};
const shown = (d: AuditDetails) =>
  reportRecord(
    {
      n: 3,
      time: '2026-11-21T04:37:11.123Z',
      details: d,
      digest: 'abc',
      whereabouts: [
        {
          seq: 7,
          delivery: 'd',
          state: 'delivered',
          at: '2026-11-21T04:40:00.000Z',
          place: { kind: 'storage', container: 'logs', offset: 12 },
          replay: { id: 'r', kind: 'replay', by: 'maya@contoso.example', at: '2026-11-21T04:39:00.000Z' },
        },
      ],
    },
    new Map([['d', { id: 'd', setting: 'Archive', type: 'storage', target: {}, createdAt: '', endedAt: null, checkpoint: 9 }]]),
  );

test('a record is headed by its sentence; without one by its activity; the contents lead to it by the same words', () => {
  const sentence = 'maya@contoso.example changed Description and 1 more property of the app Teams &lt;b&gt;⟨U+202E⟩';
  const bare = {
    ...details,
    targets: [{ ...details.targets[0]!, modifiedProperties: details.targets[0]!.modifiedProperties.slice(0, 2) }],
  };
  expect(shown(bare)).toContain(`<article id="r3"><h2>3. ${sentence}</h2>`);
  expect(shown(bare)).toContain('2026-11-21 04:37:11.123 UTC · Patch MobileApp · Success');
  expect(contentsLine(3, '2026-11-21T04:37:11.123Z', bare)).toContain(`<a href="#r3">${sentence}</a>`);
  const unknown = {
    ...details,
    activity: { ...details.activity, name: 'Frob <i>' },
    status: { ...details.status, activityType: 'Frob <i>' },
  };
  expect(shown(unknown)).toContain('<h2>3. Frob &lt;i&gt;</h2>');
  expect(contentsLine(1, '2026-11-21T04:37:11Z', unknown)).toContain('<a href="#r1">Frob &lt;i&gt;</a>');
});

test('what changed is marked, new before old; what is missing or coded stands in words; where it went is readable', () => {
  const text = shown(details);
  expect(text).toContain('<td>Description</td><td>for <ins>none</ins> of us</td><td>for <del>all</del> of us</td>');
  expect(text).toContain('No value (recorded as &lt;null&gt;)');
  expect(text).toContain('Not recorded by Microsoft');
  expect(text).toContain('Role scope tag ids, item 1');
  expect(text).toContain('Empty text');
  expect(text).toContain('<span class="means">Assignment of an object to All devices</span>');
  expect(text).toContain(
    'Archive (storage)</th><td>Delivered 2026-11-21 04:40:00.000 UTC, replayed: asked for by maya@contoso.example on 2026-11-21 04:39:00.000 UTC<span class="means">container logs, offset 12</span>',
  );
});

test('of a long value only what changed is shown; JSON by the places that changed; Base64 as the text that it holds', () => {
  const script = Array.from({ length: 2_000 }, (_, n) => `line ${n}`).join('\n');
  const properties = [
    { name: 'ScriptContent', oldValue: btoa(script), newValue: btoa(script.replace('line 700\n', 'line <seven hundred>\n')) },
    { name: 'Rules', oldValue: '{"a":[1,2],"b":"<x>"}', newValue: '{"a":[1,3],"b":"<x>"}' },
    { name: 'Blob', oldValue: null, newValue: 'y'.repeat(10_000) },
  ];
  const text = shown({ ...details, targets: [{ ...details.targets[0]!, modifiedProperties: properties }] });
  expect(text).toContain('recorded in Base64, compared as the text that it holds');
  expect(text).toMatch(/line 699\nline <del>700<\/del><ins>&lt;seven hundred&gt;<\/ins>\nline 701/);
  expect(text).toMatch(/… 6\d\d lines unchanged …/);
  expect(text).toContain('<li>a[1]: <del>2</del> → <ins>3</ins></li>');
  expect(text).toContain('8,800 more characters');
  expect(text.length).toBeLessThan(12_000);
});
