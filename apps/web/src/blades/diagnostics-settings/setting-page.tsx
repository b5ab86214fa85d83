import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useAnnounce } from '../../components/announce.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Page } from '../../components/page.tsx';
import { RouterLink } from '../../components/router-link.tsx';
import { settingsQuery, subscriptionsQuery } from './api.ts';
import { NoSubscription } from './no-subscription.tsx';
import { copyName } from './setting-figures.ts';
import { SettingForm } from './setting-form.tsx';

const crumbs = ['Reports', { label: 'Diagnostics settings', to: '/reports/diagnostics-settings' }];

/** Adds a setting (no `$name` in the path) or edits the named one. */
export function SettingPage() {
  const { name } = useParams({ strict: false });
  const { from } = useSearch({ strict: false }) as { from?: string };
  const navigate = useNavigate();
  const announce = useAnnounce();
  // Not refetched while the form is open: what is being edited must not change under the cursor.
  const { data, error, refetch } = useQuery({ ...settingsQuery(), refetchInterval: false, refetchOnWindowFocus: false });
  const setting = name === undefined ? undefined : data?.items.find((s) => s.name === name);
  // A setting that is to be copied: the form shows it under a name of its own.
  const template = name === undefined && from !== undefined ? data?.items.find((s) => s.name === from) : undefined;
  const subscriptions = useQuery(subscriptionsQuery()).data?.items;
  const leave = () => navigate({ to: '/reports/diagnostics-settings' });
  const title = name === undefined ? 'Diagnostic setting' : name;

  return (
    <Page title={title} subtitle={name === undefined ? 'Add diagnostic setting' : 'Edit setting'} breadcrumb={crumbs}>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading the diagnostic setting" /> : null}
      {data && name !== undefined && !setting ? (
        <EmptyState
          title="This diagnostic setting does not exist"
          text={`No setting of this directory is named “${name}”. It may have been deleted.`}
          action={{ label: 'Back to Diagnostics settings', onClick: () => void leave() }}
        />
      ) : null}
      {setting ? (
        <div>
          <RouterLink to="/reports/diagnostics-settings/setting/$name" params={{ name: setting.name }}>
            Overview, deliveries, changes and code
          </RouterLink>
        </div>
      ) : null}
      {subscriptions?.length === 0 ? <NoSubscription /> : null}
      {data && name === undefined && from !== undefined ? (
        <MessageBar intent={template ? 'info' : 'warning'} layout="multiline">
          <MessageBarBody>
            {template
              ? `This is a copy of “${from}” and not saved yet. A destination takes a category from one setting only: choose other destinations or other categories. Secrets are not copied.`
              : `There is no setting “${from}” to copy any more. The form is empty.`}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {data && (name === undefined || setting) ? (
        <SettingForm
          key={setting ? setting.name : `new/${from ?? ''}`}
          categories={data.categories}
          others={data.items.filter((other) => other !== setting)}
          {...(setting && { setting })}
          {...(template && {
            template: {
              ...template,
              name: copyName(
                template.name,
                data.items.map((s) => s.name),
              ),
            },
          })}
          onDone={(done) => {
            if (done)
              announce(done.what === 'saved' ? `Diagnostic setting ${done.name} saved.` : `Diagnostic setting ${done.name} deleted.`);
            void leave();
          }}
        />
      ) : null}
    </Page>
  );
}
