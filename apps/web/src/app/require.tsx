import { grantedBy, type Permission } from '@weir/contract';
import type { ReactNode } from 'react';
import { NoPermission } from '../components/no-permission.tsx';
import { Page, type Crumb } from '../components/page.tsx';
import { useSession } from '../lib/session.ts';

interface Props {
  permission: Permission;
  title: string;
  breadcrumb: readonly Crumb[];
  children: ReactNode;
}

/** Shows a blade to those who may see it, and to others which role it needs. The server decides all the same. */
export function Require({ permission, title, breadcrumb, children }: Props) {
  const { me } = useSession();
  if (me.permissions.includes(permission)) return children;
  return (
    <Page title={title} breadcrumb={breadcrumb}>
      <NoPermission roles={grantedBy[permission]} what={title} />
    </Page>
  );
}
