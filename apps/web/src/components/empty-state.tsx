import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  text: ReactNode;
  icon?: ReactNode;
  action?: { label: string; onClick: () => void };
  secondary?: { label: string; onClick: () => void };
  /** Under the buttons, e.g. a code for support. */
  children?: ReactNode;
  /** `alert` when it stands for a failure that came up while somebody looked. */
  role?: 'alert';
}

/** Nothing to show: says why, and what to do next. */
export function EmptyState({ title, text, icon, action, secondary, children, role }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root} {...(role && { role })}>
      {icon ? (
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
      ) : null}
      <Text as="h2" size={500} weight="semibold" className={styles.title}>
        {title}
      </Text>
      <div className={styles.text}>{text}</div>
      {action || secondary ? (
        <div className={styles.actions}>
          {action ? (
            <Button appearance="primary" onClick={action.onClick}>
              {action.label}
            </Button>
          ) : null}
          {secondary ? <Button onClick={secondary.onClick}>{secondary.label}</Button> : null}
        </div>
      ) : null}
      {children}
    </div>
  );
}

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    rowGap: tokens.spacingVerticalM,
    padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalL}`,
    maxWidth: '560px',
    marginInline: 'auto',
    boxSizing: 'border-box',
  },
  icon: { color: tokens.colorBrandForeground1, display: 'flex' },
  title: { margin: 0, overflowWrap: 'anywhere' },
  text: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'center',
    gap: tokens.spacingHorizontalS,
    marginTop: tokens.spacingVerticalS,
  },
});
