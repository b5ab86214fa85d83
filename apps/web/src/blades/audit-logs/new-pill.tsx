import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { MouseEvent } from 'react';
import { TopIcon } from '../../components/icons.ts';
import { formatNumber } from '../../lib/format.ts';

/** Leads to the new records above what is read. `byKey`: from the keyboard, so the focus must go along. */
export default function NewPill({ count, onShow }: { count: number; onShow: (byKey: boolean) => void }) {
  const styles = useStyles();
  return (
    <div className={styles.place}>
      <Button
        shape="circular"
        size="small"
        appearance="primary"
        icon={<TopIcon />}
        className={styles.pill}
        onClick={(event: MouseEvent) => onShow(event.detail === 0)}
      >
        {`${formatNumber(count)} new`}
      </Button>
    </div>
  );
}

const useStyles = makeStyles({
  // Beside the rows in the order of Tab, over them on the screen; it takes no height.
  place: { height: 0, flexShrink: 0, display: 'flex', justifyContent: 'center', position: 'relative', zIndex: 3 },
  pill: { marginTop: '44px', boxShadow: tokens.shadow8, height: '28px' },
});
