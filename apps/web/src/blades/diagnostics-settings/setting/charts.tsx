import { Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { statusThresholds, type DeliveryHistory, type DestinationType } from '@weir/contract';
import { PlainTime } from '../../../components/time.tsx';
import { formatBytes, formatNumber } from '../../../lib/format.ts';
import { formatDuration, seriesOf, type Step } from './series.ts';
import { useTable } from './table.ts';

const HEIGHT = 56;
interface Measure {
  title: string;
  of: (step: Step) => number | null;
  format: (value: number) => string;
  /** What is said of the whole span. */
  sum: (steps: readonly Step[]) => string;
  bad?: boolean;
  /** Drawn as a line, with its meaning. */
  threshold?: { at: number; text: string };
}
const total = (steps: readonly Step[], of: (step: Step) => number): number => steps.reduce((sum, step) => sum + of(step), 0);
const measures: readonly Measure[] = [
  {
    title: 'Delivered records',
    of: (s) => s.records,
    format: formatNumber,
    sum: (steps) => `${formatNumber(total(steps, (s) => s.records))} records`,
  },
  {
    title: 'Throughput',
    of: (s) => s.bytes,
    format: formatBytes,
    sum: (steps) => formatBytes(total(steps, (s) => s.bytes)),
  },
  {
    title: 'Lag',
    of: (s) => s.lagMs,
    format: formatDuration,
    sum: (steps) => {
      const lags = steps.flatMap((s) => s.lagMs ?? []);
      return lags.length === 0 ? 'nothing arrived' : `${formatDuration(Math.max(...lags))} at most`;
    },
    threshold: {
      at: statusThresholds.behindAfterMs,
      text: `The line: ${formatDuration(statusThresholds.behindAfterMs)}, behind from there on`,
    },
  },
  {
    title: 'Errors',
    of: (s) => s.errors,
    format: formatNumber,
    sum: (steps) => (total(steps, (s) => s.errors) === 0 ? 'none' : formatNumber(total(steps, (s) => s.errors))),
    bad: true,
  },
];

/** What went to one destination over time: four small charts, and the same as a table. */
export function Charts({ history, type, span }: { history: DeliveryHistory; type: DestinationType; span: string }) {
  const styles = useStyles();
  const steps = seriesOf(history, type);
  return (
    <>
      <div className={styles.grid}>
        {measures.map((measure) => (
          <Chart key={measure.title} measure={measure} steps={steps} span={span} />
        ))}
      </div>
      <details>
        <summary className={styles.summary}>As a table</summary>
        <StepTable steps={steps} />
      </details>
    </>
  );
}

function Chart({
  measure: { title, of, format, sum, bad = false, threshold },
  steps,
  span,
}: {
  measure: Measure;
  steps: readonly Step[];
  span: string;
}) {
  const styles = useStyles();
  const values = steps.map(of);
  const most = Math.max(0, ...values.flatMap((v) => v ?? []));
  const scale = most > 0 ? (HEIGHT - 2) / most : 0;
  const line = threshold && most >= threshold.at ? HEIGHT - threshold.at * scale : null;
  return (
    <figure className={styles.figure}>
      <figcaption>
        <Text block weight="semibold" size={200}>
          {title}
        </Text>
        <Text block size={200} className={styles.quiet}>
          {sum(steps)}
        </Text>
      </figcaption>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${steps.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, ${span}: ${sum(steps)}`}
      >
        {values.map((value, n) =>
          value === null || value === 0 ? null : (
            <rect
              key={n}
              x={n + 0.1}
              y={HEIGHT - Math.max(2, value * scale)}
              width={0.8}
              height={Math.max(2, value * scale)}
              className={bad ? styles.bad : styles.good}
            />
          ),
        )}
        {line === null ? null : (
          <line x1={0} x2={steps.length} y1={line} y2={line} className={styles.line} vectorEffect="non-scaling-stroke" />
        )}
      </svg>
      <Text size={100} className={mergeClasses(styles.quiet, styles.scale)}>
        <span>{span}</span>
        <span>{most > 0 ? `top: ${format(most)}` : ''}</span>
      </Text>
      {line === null ? null : (
        <Text block size={100} className={styles.quiet}>
          {threshold!.text}
        </Text>
      )}
    </figure>
  );
}

function StepTable({ steps }: { steps: readonly Step[] }) {
  const table = useTable();
  const some = steps.filter((s) => s.records > 0 || s.errors > 0).toReversed();
  if (some.length === 0) return <Text block>Nothing happened in this time.</Text>;
  return (
    <div className={table.scroll} tabIndex={0} role="group" aria-label="Table of figures">
      <table className={table.table}>
        <thead>
          <tr>
            {['From', ...measures.map((m) => m.title)].map((title) => (
              <th key={title} scope="col" className={table.head}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {some.map((step) => (
            <tr key={step.at}>
              <th scope="row" className={table.cell}>
                <PlainTime value={step.at} />
              </th>
              {measures.map(({ title, of, format }) => {
                const value = of(step);
                return (
                  <td key={title} className={table.number}>
                    {value === null ? '' : format(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))', gap: tokens.spacingHorizontalL },
  figure: { margin: 0, minWidth: 0 },
  chart: {
    display: 'block',
    width: '100%',
    height: `${HEIGHT}px`,
    marginTop: tokens.spacingVerticalXS,
    borderBottom: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
  },
  good: { fill: tokens.colorBrandBackground, '@media (forced-colors: active)': { fill: 'CanvasText' } },
  bad: { fill: tokens.colorPaletteRedBackground3, '@media (forced-colors: active)': { fill: 'CanvasText' } },
  line: { stroke: tokens.colorNeutralForeground1, strokeWidth: '1px', strokeDasharray: '4 3' },
  quiet: { color: tokens.colorNeutralForeground2 },
  scale: { display: 'flex', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalS },
  summary: { cursor: 'pointer', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});
