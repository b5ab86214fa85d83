import { Button, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import { summaryQuery, type Filter } from './api.ts';
import type { CoverageData } from './status-line.tsx';

const HEIGHT = 64;
/** Statuses that went well are quiet; everything else is to be seen. */
const went = (status: string): boolean => /^success$/i.test(status);

interface Bar {
  at: number;
  well: number;
  badly: number;
}
interface Props {
  filter: Filter;
  coverage: CoverageData | undefined;
  onZoom: (from: string, to: string) => void;
}

/** When it happened: records over time, failures apart. A span is chosen by dragging, or with the arrow keys and Shift. */
export default function Histogram({ filter, coverage, onZoom }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const { data, error, isPlaceholderData } = useQuery(summaryQuery(filter, 'status'));
  const [cursor, setCursor] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  if (error && !data)
    return (
      <Text size={200} className={styles.quiet}>
        {`The chart could not be drawn. ${problemText(error)}`}
      </Text>
    );
  if (!data) return <div className={styles.frame} aria-busy />;

  const { bucketMs } = data;
  const start = Math.floor(Date.parse(data.from) / bucketMs) * bucketMs;
  const count = Math.max(1, Math.ceil((Date.parse(data.to) - start) / bucketMs));
  const bars: Bar[] = Array.from({ length: count }, (_, n) => ({ at: start + n * bucketMs, well: 0, badly: 0 }));
  for (const { at, value, count: n } of data.buckets) {
    const bar = bars[Math.round((Date.parse(at) - start) / bucketMs)];
    if (bar) bar[went(value) ? 'well' : 'badly'] += n;
  }
  const most = Math.max(1, ...bars.map((b) => b.well + b.badly));
  const source = coverage?.sources.find((s) => s.category === 'AuditLogs');
  const covered = {
    from: source?.coveredFrom ? Date.parse(source.coveredFrom) : null,
    to: source?.coveredTo ? Date.parse(source.coveredTo) : null,
  };
  const gap = (b: Bar) =>
    (covered.from !== null && b.at + bucketMs <= covered.from) || (covered.to !== null && b.at >= covered.to + bucketMs);
  const gaps = bars.some(gap);
  const [low, high] = cursor === null ? [-1, -1] : [Math.min(cursor, anchor ?? cursor), Math.max(cursor, anchor ?? cursor)];
  const words = (from: number, to: number) => {
    const some = bars.slice(from, to + 1);
    const all = some.reduce((sum, b) => sum + b.well + b.badly, 0);
    const failed = some.reduce((sum, b) => sum + b.badly, 0);
    const about = data.exact ? '' : 'about ';
    return `${formatTime(new Date(bars[from]!.at).toISOString())} to ${formatTime(new Date(bars[to]!.at + bucketMs).toISOString())}: ${about}${formatNumber(all)} ${all === 1 ? 'record' : 'records'}${failed > 0 ? `, ${formatNumber(failed)} not successful` : ''}${some.some(gap) ? '; not collected in part' : ''}`;
  };
  const zoom = () => {
    if (cursor === null) return;
    onZoom(
      new Date(Math.max(bars[low]!.at, Date.parse(data.from))).toISOString(),
      new Date(Math.min(bars[high]!.at + bucketMs, Date.parse(data.to))).toISOString(),
    );
    setCursor(null);
    setAnchor(null);
  };
  const barAt = (event: PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    return Math.min(count - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * count)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return zoom();
    if (event.key === 'Escape') {
      setCursor(null);
      return setAnchor(null);
    }
    const to = { ArrowLeft: (cursor ?? count) - 1, ArrowRight: (cursor ?? -1) + 1, Home: 0, End: count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.min(count - 1, Math.max(0, to));
    const from = event.shiftKey ? (anchor ?? cursor ?? next) : null;
    setAnchor(from);
    setCursor(next);
    announce(words(Math.min(next, from ?? next), Math.max(next, from ?? next)));
  };
  const total = `${data.exact ? '' : 'about '}${formatNumber(data.total)} ${data.total === 1 ? 'record' : 'records'}`;
  return (
    <div className={mergeClasses(styles.frame, isPlaceholderData && styles.old)} aria-busy={isPlaceholderData}>
      <div className={styles.head}>
        <Text size={200} className={styles.quiet}>
          {cursor === null ? `${total} in this time${gaps ? ' · hatched: not collected' : ''}` : words(low, high)}
        </Text>
        {cursor === null ? null : (
          <Button size="small" appearance="transparent" className={styles.zoom} onClick={zoom}>
            Zoom to this time
          </Button>
        )}
      </div>
      {/* Drawn, but worked with as a slider is: the keys walk it, and each step is told. */}
      <svg
        ref={svg}
        className={styles.chart}
        viewBox={`0 0 ${count} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="slider"
        tabIndex={0}
        aria-label="Records over time. Arrow keys walk, with Shift they choose a span, Enter zooms."
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={cursor ?? 0}
        aria-valuetext={cursor === null ? `${total} in this time` : words(low, high)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setAnchor(barAt(event));
          setCursor(barAt(event));
        }}
        onPointerMove={(event) => (event.buttons === 1 ? setCursor(barAt(event)) : undefined)}
        onPointerUp={() => (anchor !== null && cursor !== null && anchor !== cursor ? zoom() : undefined)}
      >
        <defs>
          <pattern id="not-collected" width="0.5" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(30)">
            <rect width="0.25" height="8" className={styles.hatch} />
          </pattern>
        </defs>
        {bars.map((b, n) => {
          const well = (b.well / most) * HEIGHT;
          const badly = b.badly === 0 ? 0 : Math.max(1.5, (b.badly / most) * HEIGHT);
          return (
            <g key={b.at}>
              {gap(b) ? <rect x={n} y={0} width={1} height={HEIGHT} fill="url(#not-collected)" /> : null}
              <rect x={n + 0.1} y={HEIGHT - well - badly} width={0.8} height={well} className={styles.well} />
              <rect x={n + 0.1} y={HEIGHT - badly} width={0.8} height={badly} className={styles.badly} />
            </g>
          );
        })}
        {cursor === null ? null : <rect x={low} y={0} width={high - low + 1} height={HEIGHT} className={styles.chosen} />}
      </svg>
      <div className={styles.axis} aria-hidden>
        <span>{formatTime(data.from)}</span>
        <span>{formatTime(data.to)}</span>
      </div>
    </div>
  );
}

const useStyles = makeStyles({
  frame: { height: '112px', flexShrink: 0, minWidth: 0 },
  // Only when it takes a while: a flash at each step would be worse than the wait.
  old: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', height: '24px', columnGap: tokens.spacingHorizontalM },
  quiet: { color: tokens.colorNeutralForeground2, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  zoom: { flexShrink: 0 },
  chart: {
    display: 'block',
    width: '100%',
    height: '64px',
    cursor: 'crosshair',
    touchAction: 'pan-y',
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '1px' },
  },
  well: { fill: tokens.colorBrandBackground, '@media (forced-colors: active)': { fill: 'CanvasText' } },
  badly: { fill: tokens.colorStatusDangerForeground1, '@media (forced-colors: active)': { fill: 'Highlight' } },
  hatch: { fill: tokens.colorNeutralStroke2 },
  chosen: { fill: tokens.colorBrandStroke1, opacity: 0.25, '@media (forced-colors: active)': { fill: 'Highlight' } },
  axis: { display: 'flex', justifyContent: 'space-between', fontSize: tokens.fontSizeBase100, color: tokens.colorNeutralForeground2 },
});
