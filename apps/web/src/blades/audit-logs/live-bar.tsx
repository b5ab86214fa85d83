import { Button, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { liveLimits } from '@weir/contract';
import { PauseIcon, ResumeIcon } from '../../components/icons.ts';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';
import { liveText } from './live.ts';
import type { Live } from './use-live.ts';

interface Props {
  live: Live;
  /** The end of the range, when it lies in the past: nothing new can fall into it. */
  ended: string | undefined;
  onOpenRange: () => void;
  onRefresh: () => void;
}

/** How the live end of the list fares, in words, and what can be done about it. */
export default function LiveBar({ live, ended, onOpenRange, onRefresh }: Props) {
  const styles = useStyles();
  const zone = useZone();
  const { state } = live;
  if (ended !== undefined) {
    return (
      <div role="group" aria-label="Live" className={styles.bar}>
        <Text
          size={200}
        >{`Live cannot be on with this date range: it ended on ${formatTime(ended, zone)}, so no new record falls into it.`}</Text>
        <Button size="small" onClick={onOpenRange}>
          Show the last 24 hours
        </Button>
      </div>
    );
  }
  const running = state.connection === 'open';
  return (
    <div role="group" aria-label="Live" className={styles.bar}>
      <span
        aria-hidden
        className={mergeClasses(styles.dot, running && !state.paused && styles.on, state.connection === 'failed' && styles.off)}
      />
      <Text size={200} weight="semibold">
        {liveText(state)}
      </Text>
      {state.connection === 'failed' ? (
        <Button size="small" onClick={live.retry}>
          Retry
        </Button>
      ) : state.paused ? (
        <Button size="small" icon={<ResumeIcon />} onClick={live.resume}>
          Resume
        </Button>
      ) : (
        <Button size="small" icon={<PauseIcon />} onClick={live.pause}>
          Pause
        </Button>
      )}
      <Text size={200} className={styles.limit}>{`At most ${liveLimits.perSecond} records a second are shown`}</Text>
      {state.left > 0 ? (
        <>
          <Text size={200}>{`${formatNumber(state.left)} new ${state.left === 1 ? 'record was' : 'records were'} left out`}</Text>
          <Button size="small" onClick={onRefresh}>
            Refresh the list
          </Button>
        </>
      ) : null}
    </div>
  );
}

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalS,
    rowGap: tokens.spacingVerticalXS,
    flexShrink: 0,
  },
  dot: {
    width: '8px',
    height: '8px',
    boxSizing: 'border-box',
    borderRadius: tokens.borderRadiusCircular,
    border: `2px solid ${tokens.colorNeutralForeground3}`,
    flexShrink: 0,
  },
  on: { border: `4px solid ${tokens.colorPaletteGreenForeground1}` },
  off: { border: `4px solid ${tokens.colorPaletteRedForeground1}` },
  limit: { color: tokens.colorNeutralForeground2 },
});
