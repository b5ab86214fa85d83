import type { AuthConfig } from '@weir/contract';

/** What a sign-in gives the shell. Apart from the library that makes it, which loads beside the shell. */
export interface SignIn {
  config: AuthConfig;
  /** An access token for our API. Throws SessionExpired when only a new sign-in gets one. */
  token: (options: { fresh: boolean }) => Promise<string>;
  signInAgain: (claims?: string) => void;
  useAnotherAccount: () => void;
  switchDirectory: (tenantId: string) => void;
  signOut: () => void;
}

/** The identity provider gave no sign-in: refused, cancelled or misconfigured. */
export class SignInFailed extends Error {
  readonly retry: () => void;
  readonly useAnotherAccount: () => void;
  constructor(cause: unknown, retry: () => void, useAnotherAccount: () => void) {
    const { errorCode, message } = cause as { errorCode?: string; message?: string };
    super(errorCode ? `The identity provider answered “${errorCode}”.` : (message ?? String(cause)), { cause });
    this.name = 'SignInFailed';
    this.retry = retry;
    this.useAnotherAccount = useAnotherAccount;
  }
}

/** Somebody signed out here; signing in again is theirs to start. */
export class SignedOut extends Error {
  readonly signIn: () => void;
  constructor(signIn: () => void) {
    super('You have signed out.');
    this.name = 'SignedOut';
    this.signIn = signIn;
  }
}
