import { Spinner, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorState } from '../components/error-state.tsx';
import { LockIcon } from '../components/icons.ts';
import { api, setTokenSource } from '../lib/api.ts';
import { SessionContext, type Session } from '../lib/session.ts';
import { NoticeContext } from './notice.tsx';
import { SignInFailed, SignedOut, type SignIn } from './sign-in.ts';

type Stage = { at: 'signing-in' } | { at: 'failed'; error: unknown } | { at: 'signed-in'; session: SignIn };
// Once per load of the page, however often React mounts: a second run would find the sign-in's answer already used.
const start = () => import('./auth.ts').then(({ signIn }) => signIn());
let running: Promise<SignIn> | null = start();
// Whoever mounts handles it; until then it must not count as unhandled.
running.catch(() => {});

/** Lets nobody past who has not signed in, and says what it waits for or why it cannot. */
export function Gate({ children }: { children: ReactNode }) {
  const [stage, setStage] = useState<Stage>({ at: 'signing-in' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    running ??= start();
    running.then(
      (session) => {
        setTokenSource(session.token);
        if (current) setStage({ at: 'signed-in', session });
      },
      (error: unknown) => {
        running = null;
        if (current) setStage({ at: 'failed', error });
      },
    );
    return () => {
      current = false;
    };
  }, [attempt]);

  if (stage.at === 'signed-in') return <WhoAmI session={stage.session}>{children}</WhoAmI>;
  if (stage.at === 'signing-in') return <Waiting label="Signing in …" />;
  const { error } = stage;
  if (error instanceof SignedOut) {
    return (
      <Alone title="Signed out">
        <EmptyState
          title="You have signed out"
          icon={<LockIcon />}
          text="Close the browser window if others use this computer."
          action={{ label: 'Sign in', onClick: error.signIn }}
        />
      </Alone>
    );
  }
  if (error instanceof SignInFailed) {
    return (
      <Alone title="Sign-in failed">
        <EmptyState
          role="alert"
          title="Sign-in did not succeed"
          icon={<LockIcon />}
          text={error.message}
          action={{ label: 'Try again', onClick: error.retry }}
          secondary={{ label: 'Use another account', onClick: error.useAnotherAccount }}
        />
      </Alone>
    );
  }
  return (
    <Alone title="Not available">
      <ErrorState
        error={error}
        onRetry={() => {
          setStage({ at: 'signing-in' });
          setAttempt((n) => n + 1);
        }}
      />
    </Alone>
  );
}

function WhoAmI({ session, children }: { session: SignIn; children: ReactNode }) {
  const {
    data: me,
    error,
    refetch,
    isFetching,
  } = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.call(endpoints.session.me, {}, { signal }),
    staleTime: 5 * 60_000,
  });
  const value = useMemo<Session | null>(() => (me ? { me, ...session } : null), [me, session]);
  if (value) {
    return (
      <NoticeContext value={session.config.notice}>
        <SessionContext value={value}>{children}</SessionContext>
      </NoticeContext>
    );
  }
  if (error && !isFetching) {
    return (
      <Alone title="Not available">
        <ErrorState error={error} onRetry={() => void refetch()} signIn={session.signInAgain} />
      </Alone>
    );
  }
  return <Waiting label="Signing in …" />;
}

function Waiting({ label }: { label: string }) {
  return (
    <Alone title="Signing in">
      <Spinner label={label} size="large" labelPosition="below" />
    </Alone>
  );
}

/** A whole page without the shell. */
export function Alone({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} - Weir`;
  }, [title]);
  return (
    <main className={styles.alone} aria-label={title}>
      {/* Each page has one top heading, also these. */}
      <h1 className={styles.product}>Weir</h1>
      {children}
    </main>
  );
}

const useStyles = makeStyles({
  alone: {
    height: '100%',
    minHeight: '420px',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
  },
  product: {
    margin: `0 0 ${tokens.spacingVerticalL}`,
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
  },
});
