import { EmptyState } from '../../components/empty-state.tsx';
import { NothingFoundIcon } from '../../components/icons.ts';
import { formatDay } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';
import { sourcesBehind, type CoverageData } from './status-line.tsx';

interface Props {
  coverage: CoverageData | undefined;
  filtered: boolean;
  onClear: () => void;
  onRefresh: () => void;
}

/** "Nothing happened" and "nothing was collected" are two different things, and look it. */
export function NothingFound({ coverage, filtered, onClear, onRefresh }: Props) {
  const behind = sourcesBehind(coverage);
  const zone = useZone();
  if (coverage?.records === 0) {
    return (
      <EmptyState
        title="No audit logs have been collected yet"
        icon={<NothingFoundIcon />}
        text={
          behind
            ? `${behind}.`
            : 'The first records appear a few moments after the worker has read them from Microsoft Graph. If they do not, check that the worker runs.'
        }
        action={{ label: 'Refresh', onClick: onRefresh }}
      />
    );
  }
  const held = coverage?.oldest ? ` The log holds records from ${formatDay(coverage.oldest, zone)} on.` : '';
  return (
    <EmptyState
      title="No audit records found"
      icon={<NothingFoundIcon />}
      text={`${filtered ? 'No record matches these filters.' : 'No record lies in the last 30 days.'}${held}${behind ? ` ${behind}, so some may be missing.` : ''}`}
      {...(filtered ? { action: { label: 'Clear filters', onClick: onClear } } : { action: { label: 'Refresh', onClick: onRefresh } })}
    />
  );
}
