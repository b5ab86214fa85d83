import type { CoverageGap } from '@weir/contract';
import { makeStyles, tokens } from '@fluentui/react-components';
import { Time } from '../../../components/time.tsx';
import { formatNumber } from '../../../lib/format.ts';

/** A time from which no records were read: what is missing must not look like nothing happened. */
export function GapNotice({ gaps }: { gaps: readonly CoverageGap[] }) {
  const styles = useStyles();
  const [newest, oldest] = [gaps[0]!, gaps.at(-1)!];
  return (
    <div className={styles.gap}>
      {gaps.length === 1 ? <One gap={newest} /> : <Several count={gaps.length} from={oldest.from} to={newest.to} />}
      <div className={styles.reason}>{[...new Set(gaps.map((g) => g.reason))].slice(0, 3).join(' ')}</div>
    </div>
  );
}
function One({ gap: { from, to } }: { gap: CoverageGap }) {
  if (from === null && to === null) return <div>It is not known which records are missing.</div>;
  if (from === null)
    return (
      <div>
        No records were read from before <Time value={to!} />.
      </div>
    );
  if (to === null)
    return (
      <div>
        No records have been read since <Time value={from} />.
      </div>
    );
  return (
    <div>
      No records were read from <Time value={from} /> to <Time value={to} />.
    </div>
  );
}
function Several({ count, from, to }: { count: number; from: string | null; to: string | null }) {
  return (
    <div>
      No records were read from {formatNumber(count)} spans of time
      {from === null ? '' : ' between '}
      {from === null ? null : <Time value={from} />}
      {to === null ? ' up to now' : from === null ? ' before ' : ' and '}
      {to === null ? null : <Time value={to} />}.
    </div>
  );
}

const useStyles = makeStyles({
  gap: {
    border: `1px dashed ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundImage: `repeating-linear-gradient(135deg, transparent 0 8px, ${tokens.colorNeutralBackground3} 8px 12px)`,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    margin: `${tokens.spacingVerticalS} 0`,
    overflowWrap: 'anywhere',
  },
  reason: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});
