import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { useContext } from 'react';
import { SessionExpired, explain } from '../lib/problem.ts';
import { SessionContext } from '../lib/session.ts';
import { CopyButton } from './copy-button.tsx';
import { EmptyState } from './empty-state.tsx';
import { LockIcon, NothingFoundIcon, UnreachableIcon, WarningIcon } from './icons.ts';
import { NoPermission } from './no-permission.tsx';

/** A failure in words: what happened, what to do, and the code and trace id for support. */
export function ErrorState({ error, onRetry, signIn }: { error: unknown; onRetry?: () => void; signIn?: (claims?: string) => void }) {
  const styles = useStyles();
  const session = useContext(SessionContext);
  const { kind, title, text, code, traceId, roles, canRetry } = explain(error);
  if (kind === 'permission' && roles.length > 0) return <NoPermission roles={roles} detail={text} />;
  const signInAgain = signIn ?? session?.signInAgain;
  const again =
    kind === 'session' && signInAgain
      ? { label: 'Sign in again', onClick: () => signInAgain(error instanceof SessionExpired ? error.claims : undefined) }
      : undefined;
  const retry = canRetry && onRetry ? { label: 'Retry', onClick: onRetry } : undefined;
  const support = [code && `Code ${code}`, traceId && `Trace ${traceId}`].filter(Boolean).join(' · ');
  return (
    <EmptyState role="alert" title={title} text={text} icon={icons[kind] ?? <WarningIcon />} action={again ?? retry}>
      {support ? (
        <Text size={200} font="monospace" className={styles.support}>
          {support}
          <CopyButton value={support} label="Copy code and trace" />
        </Text>
      ) : null}
    </EmptyState>
  );
}

const icons: Partial<Record<ReturnType<typeof explain>['kind'], React.ReactNode>> = {
  unreachable: <UnreachableIcon />,
  session: <LockIcon />,
  permission: <LockIcon />,
  'not-found': <NothingFoundIcon />,
};

const useStyles = makeStyles({
  support: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
});
