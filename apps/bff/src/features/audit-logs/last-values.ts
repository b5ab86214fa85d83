import { isTechnical, LAST_VALUES, type AuditDetails, type endpoints, type ResponseOf } from '@weir/contract';

type LastValues = ResponseOf<typeof endpoints.auditLogs.lastValues>;
type Target = AuditDetails['targets'][number];

const failed = (record: AuditDetails): boolean => /fail|error|timeout|denied/i.test(record.status.status ?? '');
const sameId = (a: string | null, b: string | null): boolean => a !== null && a.toLowerCase() === b?.toLowerCase();

/**
 * The last value of each property whose old value the record does not say, from earlier records of the same target. `earlier`
 * gives the records before it that name an id, newest first. Looks at so many targets and records and no further. A record
 * that failed changed nothing; one that gives a property no new value ends the search for it, for then nobody can tell.
 */
export async function lastValuesOf(
  record: AuditDetails,
  earlier: (named: string, limit: number) => Promise<{ records: readonly AuditDetails[]; complete: boolean }>,
): Promise<LastValues> {
  const answer: LastValues = { values: [], looked: 0, complete: true };
  const asked = record.targets.flatMap((target, index) => {
    const wanted = new Set(
      target.modifiedProperties.flatMap((p) => (p.oldValue === null && p.newValue !== null && !isTechnical(p.name) ? p.name : [])),
    );
    return target.objectId !== null && wanted.size > 0 ? [{ target, index, wanted, id: target.objectId }] : [];
  });
  if (asked.length > LAST_VALUES.targets) answer.complete = false;
  for (const { index, wanted, id } of asked.slice(0, LAST_VALUES.targets)) {
    const { records, complete } = await earlier(id, LAST_VALUES.records);
    for (const before of records) {
      if (wanted.size === 0) break;
      answer.looked += 1;
      if (failed(before)) continue;
      for (const target of before.targets) if (sameId(target.objectId, id)) take(answer, index, wanted, before, target);
    }
    if (wanted.size > 0 && !complete) answer.complete = false;
  }
  return answer;
}

function take(answer: LastValues, index: number, wanted: Set<string>, record: AuditDetails, target: Target): void {
  for (const { name, newValue } of target.modifiedProperties) {
    if (!wanted.delete(name) || newValue === null) continue;
    answer.values.push({
      target: index,
      property: name,
      value: newValue,
      record: {
        id: record.id,
        time: record.activity.date,
        activity: record.activity.name,
        actor: record.actor.upn ?? record.actor.application,
      },
    });
  }
}
