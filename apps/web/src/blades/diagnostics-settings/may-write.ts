import { useSession } from '../../lib/session.ts';

/** Whether the reader may change settings and deliveries. The server decides all the same. */
export const useMayWrite = (): boolean => useSession().me.permissions.includes('intune.settings.write');
