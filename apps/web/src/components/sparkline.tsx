import { makeStyles, tokens } from '@fluentui/react-components';

const WIDTH = 96;
const HEIGHT = 24;

/** A small line over time, oldest first, from zero up to its own highest value. `label` says the same in words. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const styles = useStyles();
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((v, n) => `${(n * step).toFixed(1)},${(HEIGHT - 1.5 - (v / most) * (HEIGHT - 3)).toFixed(1)}`);
  return (
    <svg role="img" aria-label={label} width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.spark}>
      <title>{label}</title>
      <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} className={styles.area} />
      <polyline points={points.join(' ')} className={styles.line} />
    </svg>
  );
}

const useStyles = makeStyles({
  spark: { display: 'block', overflow: 'visible', forcedColorAdjust: 'none' },
  area: { fill: tokens.colorBrandBackground2, '@media (forced-colors: active)': { fill: 'Canvas' } },
  line: {
    fill: 'none',
    stroke: tokens.colorBrandStroke1,
    strokeWidth: '1.5px',
    strokeLinejoin: 'round',
    '@media (forced-colors: active)': { stroke: 'CanvasText' },
  },
});
