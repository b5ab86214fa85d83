import { createRootRoute, createRoute, createRouter, redirect, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { lazy } from 'react';
import { alertsSearch } from '../blades/diagnostics-settings/alerts/search.ts';
import { auditLogsSearch } from '../blades/audit-logs/search.ts';
import { compareSearch, timelineSearch } from '../blades/audit-logs/timeline/search.ts';
import { asCodeSearch } from '../blades/diagnostics-settings/as-code-search.ts';
import { settingSearch } from '../blades/diagnostics-settings/setting-search.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { ErrorState } from '../components/error-state.tsx';
import { NothingFoundIcon } from '../components/icons.ts';
import { Page } from '../components/page.tsx';
import { HomePage } from './home.tsx';
import { Require } from './require.tsx';
import { Shell } from './shell.tsx';

const AuditLogsPage = lazy(() => import('../blades/audit-logs/audit-logs-page.tsx').then((m) => ({ default: m.AuditLogsPage })));
const TimelinePage = lazy(() => import('../blades/audit-logs/timeline/timeline-page.tsx').then((m) => ({ default: m.TimelinePage })));
const ComparePage = lazy(() => import('../blades/audit-logs/compare/compare-page.tsx').then((m) => ({ default: m.ComparePage })));
const ExportsPage = lazy(() => import('../blades/audit-logs/exports-page.tsx').then((m) => ({ default: m.ExportsPage })));
const SettingsPage = lazy(() => import('../blades/diagnostics-settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })));
const WeirSettingsPage = lazy(() =>
  import('../blades/weir-settings/weir-settings-page.tsx').then((m) => ({ default: m.WeirSettingsPage })),
);
const SettingPage = lazy(() => import('../blades/diagnostics-settings/setting-page.tsx').then((m) => ({ default: m.SettingPage })));
const AlertsPage = lazy(() => import('../blades/diagnostics-settings/alerts/alerts-page.tsx').then((m) => ({ default: m.AlertsPage })));
const SettingTabs = lazy(() => import('../blades/diagnostics-settings/setting/setting-tabs.tsx').then((m) => ({ default: m.SettingTabs })));

const settingsCrumbs = ['Reports', { label: 'Diagnostics settings', to: '/reports/diagnostics-settings' }];

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Broken });
const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage });
const auditLogs = createRoute({
  getParentRoute: () => root,
  path: '/tenant-administration/audit-logs',
  validateSearch: auditLogsSearch,
  component: () => (
    <Require permission="intune.audit.read" title="Audit logs" breadcrumb={['Tenant administration']}>
      <AuditLogsPage />
    </Require>
  ),
});
const auditCrumbs = ['Tenant administration', { label: 'Audit logs', to: '/tenant-administration/audit-logs' }];
const objectTimeline = createRoute({
  getParentRoute: () => root,
  path: '/tenant-administration/audit-logs/object/$objectId',
  validateSearch: timelineSearch,
  component: () => (
    <Require permission="intune.audit.read" title="Timeline" breadcrumb={auditCrumbs}>
      <TimelinePage />
    </Require>
  ),
});
const compareRecords = createRoute({
  getParentRoute: () => root,
  path: '/tenant-administration/audit-logs/compare',
  validateSearch: compareSearch,
  component: () => (
    <Require permission="intune.audit.read" title="Compare records" breadcrumb={auditCrumbs}>
      <ComparePage />
    </Require>
  ),
});
const auditExports = createRoute({
  getParentRoute: () => root,
  path: '/tenant-administration/audit-logs/exports',
  component: () => (
    <Require permission="intune.audit.read" title="My exports" breadcrumb={auditCrumbs}>
      <ExportsPage />
    </Require>
  ),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/reports/diagnostics-settings',
  component: () => (
    <Require permission="intune.settings.read" title="Diagnostics settings" breadcrumb={['Reports']}>
      <SettingsPage />
    </Require>
  ),
});
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/reports/diagnostics-settings/alerts',
  validateSearch: alertsSearch,
  component: () => (
    <Require permission="intune.settings.read" title="Alerts" breadcrumb={settingsCrumbs}>
      <AlertsPage />
    </Require>
  ),
});
const weirSettings = createRoute({
  getParentRoute: () => root,
  path: '/tenant-administration/weir-settings',
  component: () => (
    <Require permission="weir.manage" title="Weir settings" breadcrumb={['Tenant administration']}>
      <WeirSettingsPage />
    </Require>
  ),
});
const settingRoute = { getParentRoute: () => root, component: Setting } as const;
const newSetting = createRoute({
  ...settingRoute,
  path: '/reports/diagnostics-settings/new',
  // A setting that is copied.
  validateSearch: (search: Record<string, unknown>): { from?: string } =>
    typeof search['from'] === 'string' ? { from: search['from'] } : {},
});
const oneSetting = createRoute({ ...settingRoute, path: '/reports/diagnostics-settings/edit/$name' });

const settingTabs = createRoute({
  getParentRoute: () => root,
  path: '/reports/diagnostics-settings/setting/$name',
  validateSearch: settingSearch,
  component: () => (
    <Require permission="intune.settings.read" title="Diagnostic setting" breadcrumb={settingsCrumbs}>
      <SettingTabs />
    </Require>
  ),
});
/** Where the code of a setting was before it became a tab. */
const settingAsCode = createRoute({
  getParentRoute: () => root,
  path: '/reports/diagnostics-settings/edit/$name/as-code',
  validateSearch: asCodeSearch,
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: '/reports/diagnostics-settings/setting/$name', params, search: { ...search, tab: 'as-code' }, replace: true });
  },
});

function Setting() {
  return (
    <Require permission="intune.settings.write" title="Diagnostic setting" breadcrumb={settingsCrumbs}>
      <SettingPage />
    </Require>
  );
}

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    auditLogs,
    objectTimeline,
    compareRecords,
    auditExports,
    settings,
    alerts,
    weirSettings,
    newSetting,
    oneSetting,
    settingTabs,
    settingAsCode,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  scrollRestoration: false,
});
declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  const { navigate } = useRouter();
  return (
    <Page title="Page not found">
      <EmptyState
        title="There is no such page"
        icon={<NothingFoundIcon />}
        text="The address may have been mistyped, or the page has moved."
        action={{ label: 'Go to Home', onClick: () => void navigate({ to: '/' }) }}
      />
    </Page>
  );
}

function Broken({ error, reset }: ErrorComponentProps) {
  const { invalidate } = useRouter();
  return (
    <Page title="Error">
      <ErrorState
        error={error}
        onRetry={() => {
          reset();
          void invalidate();
        }}
      />
    </Page>
  );
}
