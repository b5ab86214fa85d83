import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Page } from '../../components/page.tsx';
import { settingsQuery } from './api.ts';
import { AsCode } from './as-code.tsx';
import type { AsCodeSearch } from './as-code-search.ts';

const list = '/reports/diagnostics-settings';

/** One diagnostic setting as code. */
export function AsCodePage() {
  const { name = '' } = useParams({ strict: false });
  const search: AsCodeSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  // What is being read or copied does not change under the eyes.
  const { data, error, refetch } = useQuery({ ...settingsQuery(), refetchInterval: false, refetchOnWindowFocus: false });
  const setting = data?.items.find((s) => s.name === name);
  const breadcrumb = [
    'Reports',
    { label: 'Diagnostics settings', to: list },
    { label: name, to: `${list}/edit/${encodeURIComponent(name)}` },
  ];
  return (
    <Page title="As code" subtitle={name} breadcrumb={breadcrumb}>
      {error && !data ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows label="Loading the diagnostic setting" /> : null}
      {data && !setting ? (
        <EmptyState
          title="This diagnostic setting does not exist"
          text={`No setting of this directory is named “${name}”. It may have been deleted.`}
          action={{ label: 'Back to Diagnostics settings', onClick: () => void navigate({ to: list }) }}
        />
      ) : null}
      {setting ? (
        <AsCode
          setting={setting}
          search={search}
          onSearch={(next) => void navigate({ to: `${list}/edit/$name/as-code`, params: { name }, search: next, replace: true })}
        />
      ) : null}
    </Page>
  );
}
