import { MessageBar, MessageBarBody, Radio, RadioGroup, Tab, TabList, Text, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints, type SettingView } from '@weir/contract';
import { asCode, codeKinds, codeTargets, howToRun, unsaid, type CodeKind, type CodeTarget } from '@weir/contract/dialects';
import { useQuery } from '@tanstack/react-query';
import { useId, useMemo } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { ExportIcon } from '../../components/icons.ts';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { Toolbar, ToolbarButton } from '../../components/toolbar.tsx';
import { api } from '../../lib/api.ts';
import type { AsCodeSearch } from './as-code-search.ts';

const labels: Record<CodeKind, string> = {
  file: 'Settings file',
  template: 'ARM template',
  bicep: 'Bicep',
  terraform: 'Terraform',
  cli: 'Azure CLI',
  powershell: 'PowerShell',
};
const where = { weir: 'Weir', azure: 'Azure' } as const;

interface Props {
  setting: SettingView;
  search: AsCodeSearch;
  onSearch: (search: AsCodeSearch) => void;
}

/** A saved setting as code, ready to be copied: for Weir, and for Azure itself. */
export function AsCode({ setting, search, onSearch }: Props) {
  const config = useQuery({
    queryKey: ['auth-config'],
    queryFn: ({ signal }) => api.call(endpoints.session.authConfig, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (config.error) return <ErrorState error={config.error} onRetry={() => void config.refetch()} />;
  if (!config.data) return <LoadingRows label="Loading the code" />;
  const audience = (config.data.scopes[0] ?? '').replace(/\/[^/]*$/, '');
  return <Code setting={setting} search={search} onSearch={onSearch} audience={audience} />;
}

function Code({ setting, search, onSearch, audience }: Props & { audience: string }) {
  const styles = useStyles();
  const id = useId();
  const kind: CodeKind = search.kind ?? 'file';
  const possible = codeTargets[kind];
  const wanted = search.azure === true ? 'azure' : 'weir';
  const is = possible.includes(wanted) ? wanted : possible[0]!;
  const target = useMemo<CodeTarget>(
    () => (is === 'azure' ? { is } : { is, origin: globalThis.location.origin, audience }),
    [is, audience],
  );
  const code = useMemo(() => asCode(kind, setting, target), [kind, setting, target]);
  const run = howToRun(kind, code.fileName, target);
  const left = unsaid(kind, setting, is);
  const what = `${labels[kind]} of ${setting.name}`;

  const select = (next: CodeKind) => onSearch({ ...(next !== 'file' && { kind: next }), ...(search.azure && { azure: true }) });
  const download = () => {
    const url = URL.createObjectURL(new Blob([code.text], { type: code.mediaType }));
    const link = document.createElement('a');
    link.href = url;
    link.download = code.fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div className={styles.root}>
      <TabList
        className={styles.tabs}
        selectedValue={kind}
        onTabSelect={(_, data) => select(data.value as CodeKind)}
        aria-label="Kind of code"
      >
        {codeKinds.map((value) => (
          <Tab key={value} id={`${id}-${value}`} value={value} aria-controls={`${id}-panel`}>
            {labels[value]}
          </Tab>
        ))}
      </TabList>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${kind}`} className={styles.panel}>
        <div className={styles.where}>
          <Text id={`${id}-where`} className={styles.label}>
            Sets it in
          </Text>
          {possible.length > 1 ? (
            <RadioGroup
              layout="horizontal"
              value={is}
              aria-labelledby={`${id}-where`}
              onChange={(_, data) =>
                onSearch({ ...(search.kind && { kind: search.kind }), ...(data.value === 'azure' && { azure: true }) })
              }
            >
              {possible.map((value) => (
                <Radio key={value} value={value} label={where[value]} />
              ))}
            </RadioGroup>
          ) : (
            <Text>{where[is]}</Text>
          )}
        </div>
        {left ? (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>{left}</MessageBarBody>
          </MessageBar>
        ) : null}
        <section aria-label="The code">
          <div className={styles.head}>
            <Text weight="semibold" className={styles.file}>
              {code.fileName}
            </Text>
            <span className={styles.actions}>
              <CopyButton value={code.text} label={`Copy the ${labels[kind]}`} size="medium" />
              <Toolbar label="Code">
                <ToolbarButton icon={<ExportIcon />} onClick={download}>
                  Download
                </ToolbarButton>
              </Toolbar>
            </span>
          </div>
          <pre className={styles.code} tabIndex={0} aria-label={what} dir="ltr">
            {code.text}
          </pre>
        </section>
        <section aria-label="How to run it">
          <div className={styles.head}>
            <Text weight="semibold">How to run it</Text>
            <CopyButton value={run} label="Copy the commands" size="medium" />
          </div>
          <pre className={styles.code} tabIndex={0} aria-label="Commands" dir="ltr">
            {run}
          </pre>
        </section>
      </div>
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'grid', rowGap: tokens.spacingVerticalM, maxWidth: '960px', minWidth: 0 },
  tabs: { flexWrap: 'wrap', marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
  panel: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalM, minWidth: 0 },
  where: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: tokens.spacingHorizontalM, minHeight: '32px' },
  label: { color: tokens.colorNeutralForeground2 },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', columnGap: tokens.spacingHorizontalS },
  file: { overflowWrap: 'anywhere' },
  actions: { display: 'flex', alignItems: 'center', flexShrink: 0 },
  code: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    overflow: 'auto',
    maxHeight: '60vh',
    backgroundColor: tokens.colorNeutralBackground3,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});
