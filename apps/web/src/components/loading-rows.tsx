import { makeStyles, tokens } from '@fluentui/react-components';

/** Grey rows in the place of a list that is on its way. */
export function LoadingRows({ label, rows = 8 }: { label: string; rows?: number }) {
  const styles = useStyles();
  return (
    <div role="progressbar" aria-label={label} aria-busy className={styles.rows}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles.row} />
      ))}
    </div>
  );
}

const useStyles = makeStyles({
  rows: { display: 'grid', rowGap: tokens.spacingVerticalL, padding: `${tokens.spacingVerticalM} 0`, width: '100%' },
  row: {
    height: '20px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralStencil1,
    animationName: { from: { opacity: 1 }, '50%': { opacity: 0.5 }, to: { opacity: 1 } },
    animationDuration: '1.6s',
    animationIterationCount: 'infinite',
    '@media (forced-colors: active)': { border: '1px solid CanvasText' },
  },
});
