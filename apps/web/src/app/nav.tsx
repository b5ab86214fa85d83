import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { createLink, useRouterState } from '@tanstack/react-router';
import { Suspense, lazy, useState, type ComponentProps, type ReactElement } from 'react';
import {
  AdministrationIcon,
  AppsIcon,
  CollapsedIcon,
  DevicesIcon,
  ExpandIcon,
  HomeIcon,
  ReportsIcon,
  SecurityIcon,
} from '../components/icons.ts';

const NavOverlay = lazy(() => import('./nav-overlay.tsx'));

const audit = '/tenant-administration/audit-logs' as const;
interface Item {
  label: string;
  to: typeof audit | '/reports/diagnostics-settings' | '/tenant-administration/weir-settings';
  /** The blade with this query: each workload's own way to the audit logs, as the portal has it under Monitor. */
  q?: string;
}
/** The portal's groups, in its order; only those that lead somewhere. A new blade adds its line here. */
const groups: readonly { id: string; label: string; icon: ReactElement; items: readonly Item[] }[] = [
  {
    id: 'devices',
    label: 'Devices',
    icon: <DevicesIcon />,
    items: [
      { label: 'Audit logs', to: audit, q: 'category:Device' },
      { label: 'Compliance audit logs', to: audit, q: 'category:Compliance' },
      { label: 'Configuration audit logs', to: audit, q: 'category:(DeviceConfiguration or SoftwareUpdates or GroupPolicyAnalytics)' },
      { label: 'Enrollment audit logs', to: audit, q: 'category:(Enrollment or DeviceSetupConfiguration)' },
    ],
  },
  {
    id: 'apps',
    label: 'Apps',
    icon: <AppsIcon />,
    items: [{ label: 'Audit logs', to: audit, q: 'category:(Application or EBookManagement)' }],
  },
  {
    id: 'endpoint-security',
    label: 'Endpoint security',
    icon: <SecurityIcon />,
    items: [{ label: 'Audit logs', to: audit, q: 'category:(DeviceIntent or DeviceIntentSetting or DeviceSecurity or ConditionalAccess)' }],
  },
  {
    id: 'reports',
    label: 'Reports',
    icon: <ReportsIcon />,
    items: [{ label: 'Diagnostics settings', to: '/reports/diagnostics-settings' }],
  },
  {
    id: 'tenant-administration',
    label: 'Tenant administration',
    icon: <AdministrationIcon />,
    items: [
      { label: 'Audit logs', to: audit },
      { label: 'Roles audit logs', to: audit, q: 'category:Role' },
      { label: 'Weir settings', to: '/tenant-administration/weir-settings' },
    ],
  },
];
/** Workloads are closed until somebody opens them: they lead to the same blade. */
const closedAtFirst = ['devices', 'apps', 'endpoint-security'];

interface Props {
  overlay: boolean;
  open: boolean;
  onClose: () => void;
}

/** The menu on the left; on narrow windows it lies over the page. */
export function AppNav({ overlay, open, onClose }: Props) {
  const styles = useStyles();
  if (!open) return null;
  if (!overlay) return <Groups className={styles.beside} />;
  return (
    <Suspense fallback={null}>
      <NavOverlay onClose={onClose}>
        <Groups onGo={onClose} />
      </NavOverlay>
    </Suspense>
  );
}

function Groups({ className, onGo }: { className?: string; onGo?: () => void }) {
  const styles = useStyles();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const q = useRouterState({ select: (s) => (s.location.search as { q?: string }).q });
  const preset = groups.flatMap((g) => g.items).some((i) => i.q !== undefined && i.q === q);
  // A query of one's own is the plain blade; a workload's query is that workload's.
  const isCurrent = (item: Item) =>
    (path === item.to || path.startsWith(`${item.to}/`)) && (item.q ? item.q === q : item.to !== audit || !preset);
  const [closed, setClosed] = useState<readonly string[]>(() =>
    closedAtFirst.filter((id) => !groups.find((g) => g.id === id)!.items.some(isCurrent)),
  );
  return (
    <nav aria-label="Admin center" className={mergeClasses(styles.nav, className)}>
      <NavLink to="/" current={path === '/'} onClick={onGo}>
        <HomeIcon aria-hidden />
        Home
      </NavLink>
      {groups.map(({ id, label, icon, items }) => {
        const open = !closed.includes(id);
        return (
          <div key={id}>
            <Button
              appearance="subtle"
              icon={<span aria-hidden>{icon}</span>}
              aria-expanded={open}
              className={styles.group}
              onClick={() => setClosed((before) => (open ? [...before, id] : before.filter((other) => other !== id)))}
            >
              <span className={styles.label}>{label}</span>
              {open ? <ExpandIcon aria-hidden /> : <CollapsedIcon aria-hidden />}
            </Button>
            {open ? (
              <ul className={styles.items}>
                {items.map((item) => (
                  <li key={item.label}>
                    <NavLink to={item.to} search={item.q ? { q: item.q } : {}} current={isCurrent(item)} sub onClick={onGo}>
                      {item.label}
                    </NavLink>
                  </li>
                ))}
              </ul>
            ) : null}
          </div>
        );
      })}
    </nav>
  );
}

const NavLink = createLink(function NavAnchor({
  current,
  sub = false,
  ...rest
}: ComponentProps<'a'> & { current: boolean; sub?: boolean }) {
  const styles = useStyles();
  return (
    <a
      {...rest}
      aria-current={current ? 'page' : undefined}
      className={mergeClasses(styles.link, sub && styles.sub, current && styles.current)}
    />
  );
});

const useStyles = makeStyles({
  nav: { display: 'flex', flexDirection: 'column', rowGap: '2px', padding: tokens.spacingHorizontalS, boxSizing: 'border-box' },
  beside: {
    width: '240px',
    flexShrink: 0,
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  group: {
    width: '100%',
    justifyContent: 'flex-start',
    columnGap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalM,
    fontWeight: tokens.fontWeightRegular,
    minHeight: '36px',
  },
  label: { flexGrow: 1, textAlign: 'start' },
  items: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: '2px' },
  link: {
    display: 'flex',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalM,
    minHeight: '36px',
    boxSizing: 'border-box',
    padding: `0 ${tokens.spacingHorizontalM}`,
    borderLeft: '3px solid transparent',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '@media (forced-colors: active)': { borderLeftColor: 'Canvas' },
  },
  sub: { paddingInlineStart: '41px' },
  current: {
    backgroundColor: tokens.colorNeutralBackground1,
    borderLeftColor: tokens.colorCompoundBrandStroke,
    fontWeight: tokens.fontWeightSemibold,
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
  },
});
