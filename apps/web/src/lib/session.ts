import type { Me } from '@weir/contract';
import { createContext, useContext } from 'react';

/** Who is signed in, and what the shell can do about it. */
export interface Session {
  me: Me;
  /** Leaves the page for a sign-in with the same account; `claims` as the server asked for them. */
  signInAgain: (claims?: string) => void;
  useAnotherAccount: () => void;
  switchDirectory: (tenantId: string) => void;
  signOut: () => void;
}
export const SessionContext = createContext<Session | null>(null);

/** The session of the signed-in person. Only below the shell; use `useContext(SessionContext)` where there may be none. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession was called outside of the signed-in shell.');
  return session;
}
