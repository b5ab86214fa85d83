import { Button, Select, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';
import { problemText } from '../../lib/problem.ts';
import { summaryQuery, type Filter } from './api.ts';
import { barsOf, sum, together, type StackedBy } from './bars.ts';
import type { CoverageData } from './status-line.tsx';

const HEIGHT = 64;
interface Props {
  filter: Filter;
  by: StackedBy;
  /** Every record is counted, however many there are. */
  exactly: boolean;
  onBy: (by: StackedBy) => void;
  onExactly: () => void;
  coverage: CoverageData | undefined;
  onZoom: (from: string, to: string) => void;
}

/** When it happened: records over time, failures apart. A span is chosen by dragging, or with the arrow keys and Shift. */
export default function Histogram({ filter, by, exactly, onBy, onExactly, coverage, onZoom }: Props) {
  const styles = useStyles();
  const colours = Object.values(useColours());
  const announce = useAnnounce();
  const zone = useZone();
  const { data, error, isPlaceholderData } = useQuery(summaryQuery(filter, by, exactly));
  const [cursor, setCursor] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  if (error && !data)
    return (
      <Text size={200} className={styles.failed}>
        {`The chart could not be drawn. ${problemText(error)}`}
      </Text>
    );
  if (!data) return <div className={styles.frame} aria-busy />;

  const { series, bars, bucketMs } = barsOf(data, by);
  const count = bars.length;
  const most = Math.max(1, ...bars.map((b) => sum(b.counts)));
  const source = coverage?.sources.find((s) => s.category === 'AuditLogs');
  const covered = {
    from: source?.coveredFrom ? Date.parse(source.coveredFrom) : null,
    to: source?.coveredTo ? Date.parse(source.coveredTo) : null,
  };
  const gap = (b: { at: number }) =>
    (covered.from !== null && b.at + bucketMs <= covered.from) || (covered.to !== null && b.at >= covered.to + bucketMs);
  const gaps = bars.some(gap);
  const [low, high] = cursor === null ? [-1, -1] : [Math.min(cursor, anchor ?? cursor), Math.max(cursor, anchor ?? cursor)];
  const words = (from: number, to: number) => {
    const some = bars.slice(from, to + 1);
    const counts = together(some, series);
    const all = sum(counts);
    const parts = series.flatMap((name, n) =>
      counts[n] === 0 || (by === 'status' && n === 1) ? [] : `${formatNumber(counts[n]!)} ${by === 'status' ? name.toLowerCase() : name}`,
    );
    const about = data.exact ? '' : 'about ';
    return `${formatTime(new Date(bars[from]!.at).toISOString(), zone)} to ${formatTime(new Date(bars[to]!.at + bucketMs).toISOString(), zone)}: ${about}${formatNumber(all)} ${all === 1 ? 'record' : 'records'}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}${some.some(gap) ? '; not collected in part' : ''}`;
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
  const fill = (at: number) =>
    by === 'status' ? (at === 0 ? styles.badly : styles.well) : series[at] === 'Others' ? styles.others : colours[at];
  const total = `${data.exact ? '' : 'about '}${formatNumber(data.total)} ${data.total === 1 ? 'record' : 'records'}`;
  return (
    <div className={mergeClasses(styles.frame, isPlaceholderData && styles.old)} aria-busy={isPlaceholderData}>
      <div className={styles.head}>
        <Text size={200} className={styles.quiet}>
          {cursor === null ? `${total} in this time${gaps ? ' · hatched: not collected' : ''}` : words(low, high)}
        </Text>
        {by === 'category' && cursor === null ? (
          <ul aria-label="Colours" className={styles.legend}>
            {series.map((name, at) => (
              <li key={name} className={styles.entry}>
                <svg width="10" height="10" aria-hidden>
                  <rect width="10" height="10" rx="2" className={fill(at)} />
                </svg>
                {name}
              </li>
            ))}
          </ul>
        ) : null}
        {cursor === null ? (
          <div className={styles.choices}>
            {data.exact && data.exactFacets ? null : (
              <Button size="small" appearance="transparent" disabled={exactly && isPlaceholderData} onClick={onExactly}>
                {exactly && isPlaceholderData ? 'Counting …' : 'Count exactly'}
              </Button>
            )}
            <Select
              size="small"
              appearance="underline"
              aria-label="Stack the bars by"
              value={by}
              onChange={(_, { value }) => onBy(value === 'category' ? 'category' : 'status')}
            >
              <option value="status">By status</option>
              <option value="category">By category</option>
            </Select>
          </div>
        ) : (
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
          let top = HEIGHT;
          return (
            <g key={b.at}>
              {gap(b) ? <rect x={n} y={0} width={1} height={HEIGHT} fill="url(#not-collected)" /> : null}
              {b.counts.map((c, at) => {
                // What is rare must be seen as well, above all what failed.
                const height = c === 0 ? 0 : Math.max(1.5, (c / most) * HEIGHT);
                top -= height;
                return c === 0 ? null : (
                  <rect key={series[at]} x={n + 0.1} y={Math.max(0, top)} width={0.8} height={height} className={fill(at)} />
                );
              })}
            </g>
          );
        })}
        {cursor === null ? null : <rect x={low} y={0} width={high - low + 1} height={HEIGHT} className={styles.chosen} />}
      </svg>
      <div className={styles.axis} aria-hidden>
        <span>{formatTime(data.from, zone)}</span>
        <span>{formatTime(data.to, zone)}</span>
      </div>
    </div>
  );
}

const colour = (fill: string) => ({ fill, forcedColorAdjust: 'none' as const });
const useColours = makeStyles({
  first: colour(tokens.colorPaletteRoyalBlueBorderActive),
  second: colour(tokens.colorPaletteTealBorderActive),
  third: colour(tokens.colorPaletteMarigoldBorderActive),
  fourth: colour(tokens.colorPalettePurpleBorderActive),
  fifth: colour(tokens.colorPaletteDarkOrangeBorderActive),
  sixth: colour(tokens.colorPaletteForestBorderActive),
});
const useStyles = makeStyles({
  frame: { height: '112px', flexShrink: 0, minWidth: 0 },
  // Only when it takes a while: a flash at each step would be worse than the wait.
  old: { animationName: { to: { opacity: 0.6 } }, animationDelay: '400ms', animationDuration: '1ms', animationFillMode: 'forwards' },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', height: '24px', columnGap: tokens.spacingHorizontalM },
  failed: { color: tokens.colorNeutralForeground2 },
  quiet: { color: tokens.colorNeutralForeground2, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  zoom: { flexShrink: 0 },
  choices: { display: 'flex', alignItems: 'center', flexShrink: 0 },
  legend: {
    display: 'flex',
    flexGrow: 1,
    minWidth: 0,
    columnGap: tokens.spacingHorizontalM,
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    overflow: 'hidden',
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
    color: tokens.colorNeutralForeground2,
    '@media (max-width: 640px)': { display: 'none' },
  },
  entry: { display: 'flex', alignItems: 'center', columnGap: tokens.spacingHorizontalXS },
  others: colour(tokens.colorNeutralForeground3),
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
