import { Text, makeStyles, tokens } from '@fluentui/react-components';
import type { endpoints, ResponseOf } from '@weir/contract';
import { formatDay, formatNumber } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';

export type CoverageData = ResponseOf<typeof endpoints.auditLogs.coverage>;

/** What the sources have not read yet, in words; null when they are up to date. */
export function sourcesBehind(coverage: CoverageData | undefined): string | null {
  const failing = coverage?.sources.find((s) => s.windowsFailing > 0);
  if (failing) return `${failing.source} cannot be read: ${failing.lastError ?? 'it gave no reason'}`;
  const pending = coverage?.sources.reduce((sum, s) => sum + s.windowsPending, 0) ?? 0;
  return pending > 0 ? `Still collecting: ${formatNumber(pending)} time windows to read` : null;
}

interface Props {
  loaded: number;
  complete: boolean;
  /** How far a long search has looked. */
  searchedTo: string | null;
  coverage: CoverageData | undefined;
  oldestFirst: boolean;
}

/** How many rows are loaded and how far back the log reaches, so that "nothing found" is never taken for "nothing happened". */
export function StatusLine({ loaded, complete, searchedTo, coverage, oldestFirst }: Props) {
  const styles = useStyles();
  const zone = useZone();
  const parts = [
    loaded === 0 && complete
      ? null
      : `${formatNumber(loaded)} ${loaded === 1 ? 'record' : 'records'} loaded${complete ? ', all of them' : ''}, ${oldestFirst ? 'oldest' : 'newest'} first`,
    searchedTo ? `Searched ${oldestFirst ? 'up' : 'back'} to ${formatDay(searchedTo, zone)}` : null,
    coverage?.oldest ? `Oldest record held: ${formatDay(coverage.oldest, zone)}` : null,
    sourcesBehind(coverage),
  ];
  return (
    <Text size={200} className={styles.line}>
      {parts.filter(Boolean).join(' · ')}
    </Text>
  );
}

const useStyles = makeStyles({ line: { color: tokens.colorNeutralForeground2 } });
