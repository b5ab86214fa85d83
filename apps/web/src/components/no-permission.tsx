import { makeStyles, tokens } from '@fluentui/react-components';
import { useContext } from 'react';
import { SessionContext } from '../lib/session.ts';
import { EmptyState } from './empty-state.tsx';
import { LockIcon } from './icons.ts';

interface Props {
  /** Roles of which one is enough. */
  roles: readonly string[];
  /** What the page is for: `Intune audit logs`. */
  what?: string;
  detail?: string;
}

/** Says which role is needed, and what to do to get on. */
export function NoPermission({ roles, what, detail }: Props) {
  const styles = useStyles();
  const session = useContext(SessionContext);
  const held = session?.me.roles ?? [];
  return (
    <EmptyState
      title="You do not have access"
      icon={<LockIcon />}
      text={
        <>
          {detail && roles.length === 0 ? <p className={styles.paragraph}>{detail}</p> : null}
          {roles.length > 0 ? (
            <>
              <p className={styles.paragraph}>
                {what ? `${what} can be opened with one of these roles:` : 'This needs one of these roles:'}
              </p>
              <ul className={styles.roles}>
                {roles.map((role) => (
                  <li key={role}>{role}</li>
                ))}
              </ul>
            </>
          ) : null}
          {session ? (
            <p className={styles.paragraph}>
              You are signed in to {session.me.directory.name} as {session.me.user.upn}
              {held.length > 0
                ? `, with the directory roles ${held.join(', ')}.`
                : ', without a directory role that this admin center knows.'}
            </p>
          ) : null}
          {session?.me.warning ? <p className={styles.paragraph}>{session.me.warning}</p> : null}
          <p className={styles.paragraph}>
            Ask an administrator of your directory to assign a role. It takes effect with your next sign-in.
          </p>
        </>
      }
      {...(session && {
        action: { label: 'Sign in again', onClick: () => session.signInAgain() },
        secondary: { label: 'Use another account', onClick: session.useAnotherAccount },
      })}
    />
  );
}

const useStyles = makeStyles({
  paragraph: { margin: `0 0 ${tokens.spacingVerticalM}` },
  roles: {
    textAlign: 'start',
    display: 'inline-block',
    margin: `0 0 ${tokens.spacingVerticalM}`,
    paddingInlineStart: tokens.spacingHorizontalXL,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
  },
});
