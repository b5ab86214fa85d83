import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { createLink, useRouterState } from '@tanstack/react-router';
import { Suspense, lazy, useState, type ComponentProps } from 'react';
import { AdministrationIcon, CollapsedIcon, ExpandIcon, HomeIcon, ReportsIcon } from '../components/icons.ts';

const NavOverlay = lazy(() => import('./nav-overlay.tsx'));

/** The portal's groups, in its order; only those that lead somewhere. A new blade adds its line here. */
const groups = [
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
    items: [{ label: 'Audit logs', to: '/tenant-administration/audit-logs' }],
  },
] as const;

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
  const [closed, setClosed] = useState<readonly string[]>([]);
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
                  <li key={item.to}>
                    <NavLink to={item.to} current={path === item.to || path.startsWith(`${item.to}/`)} sub onClick={onGo}>
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
