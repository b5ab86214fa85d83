import { NavCategory, NavCategoryItem, NavDrawer, NavDrawerBody, NavItem, NavSubItem, NavSubItemGroup, makeStyles, tokens } from '@fluentui/react-components';
import { useRouter, useRouterState } from '@tanstack/react-router';
import { useState, type MouseEvent } from 'react';
import { AdministrationIcon, HomeIcon, ReportsIcon } from '../components/icons.ts';

/** The portal's groups, in its order; only those that lead somewhere. A new blade adds its line here. */
const groups = [
  { id: 'reports', label: 'Reports', icon: <ReportsIcon />, items: [{ label: 'Diagnostics settings', to: '/reports/diagnostics-settings' }] },
  { id: 'tenant-administration', label: 'Tenant administration', icon: <AdministrationIcon />, items: [{ label: 'Audit logs', to: '/tenant-administration/audit-logs' }] },
] as const;

interface Props {
  overlay: boolean;
  open: boolean;
  onClose: () => void;
}

/** The menu on the left; on narrow windows it lies over the page. */
export function AppNav({ overlay, open, onClose }: Props) {
  const styles = useStyles();
  const router = useRouter();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const [openGroups, setOpenGroups] = useState<string[]>(groups.map((g) => g.id));
  const here = groups.flatMap((g) => g.items.map((item) => ({ group: g.id, to: item.to }))).find(({ to }) => path.startsWith(to));
  const go = (to: string) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void router.navigate({ to });
    if (overlay) onClose();
  };
  const current = (selected: boolean) => (selected ? ({ 'aria-current': 'page' } as const) : {});
  return (
    <NavDrawer
      type={overlay ? 'overlay' : 'inline'}
      open={open}
      onOpenChange={(_, data) => (data.open ? undefined : onClose())}
      selectedValue={path === '/' ? '/' : (here?.to ?? '')}
      selectedCategoryValue={here?.group ?? ''}
      openCategories={openGroups}
      onNavCategoryItemToggle={(_, data) => {
        const id = String(data.categoryValue ?? data.value);
        setOpenGroups((before) => (before.includes(id) ? before.filter((g) => g !== id) : [...before, id]));
      }}
      density="small"
      className={styles.drawer}
      aria-label="Admin center"
      {...(!overlay && { role: 'navigation' })}
    >
      <NavDrawerBody className={styles.body}>
        <NavItem as="a" href="/" icon={<HomeIcon />} value="/" onClick={go('/')} {...current(path === '/')}>
          Home
        </NavItem>
        {groups.map((group) => (
          <NavCategory key={group.id} value={group.id}>
            <NavCategoryItem icon={group.icon}>{group.label}</NavCategoryItem>
            <NavSubItemGroup>
              {group.items.map((item) => (
                <NavSubItem key={item.to} as="a" href={item.to} value={item.to} onClick={go(item.to)} {...current(here?.to === item.to)}>
                  {item.label}
                </NavSubItem>
              ))}
            </NavSubItemGroup>
          </NavCategory>
        ))}
      </NavDrawerBody>
    </NavDrawer>
  );
}

const useStyles = makeStyles({
  drawer: { width: '232px', minWidth: '232px', borderRight: `1px solid ${tokens.colorNeutralStroke2}` },
  body: { paddingTop: tokens.spacingVerticalS },
});
