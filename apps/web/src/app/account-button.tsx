import { Button, makeStyles, tokens, type ButtonProps } from '@fluentui/react-components';
import { useSession } from '../lib/session.ts';

/** Who I am. Stands in the bar from the start; the menu behind it is loaded after the page. */
export function AccountButton(props: ButtonProps) {
  const styles = useStyles();
  const { user, directory } = useSession().me;
  return (
    <Button appearance="transparent" className={styles.button} {...props}>
      <span className={styles.hidden}>Account </span>
      <span className={styles.who}>
        <span className={styles.upn}>{user.upn} </span>
        <span className={styles.directory}>{directory.name}</span>
      </span>
      <span className={styles.initials} aria-hidden>
        {initials(user.name)}
      </span>
    </Button>
  );
}

const initials = (name: string): string => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0]?.toUpperCase() ?? '').join('');
};

const useStyles = makeStyles({
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  initials: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '28px',
    height: '28px',
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: '#fff',
    // Else the system's own colours take the white, and leave the blue.
    forcedColorAdjust: 'none',
    color: '#0059a6',
    fontSize: '12px',
    fontWeight: tokens.fontWeightSemibold,
  },
  button: {
    color: 'inherit',
    columnGap: tokens.spacingHorizontalS,
    fontWeight: tokens.fontWeightRegular,
    height: '40px',
    maxWidth: 'none',
    minWidth: 'auto',
    ':hover': { color: 'inherit', backgroundColor: 'rgba(255,255,255,0.14)' },
    ':hover:active': { color: 'inherit', backgroundColor: 'rgba(255,255,255,0.2)' },
    '@media (max-width: 640px)': { padding: `0 ${tokens.spacingHorizontalXS}` },
  },
  who: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-end',
    lineHeight: '15px',
    fontSize: tokens.fontSizeBase200,
    '@media (max-width: 640px)': { display: 'none' },
  },
  upn: { maxWidth: '280px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  directory: { fontSize: '11px', textTransform: 'uppercase', letterSpacing: '0.02em' },
});
