import { Skeleton, SkeletonItem, makeStyles, tokens } from '@fluentui/react-components';

/** Grey rows in the place of a list that is on its way. */
export function LoadingRows({ label, rows = 8 }: { label: string; rows?: number }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label={label} className={styles.rows}>
      {Array.from({ length: rows }, (_, index) => (
        <SkeletonItem key={index} size={20} />
      ))}
    </Skeleton>
  );
}

const useStyles = makeStyles({
  rows: { display: 'grid', rowGap: tokens.spacingVerticalL, padding: `${tokens.spacingVerticalM} 0`, width: '100%' },
});
