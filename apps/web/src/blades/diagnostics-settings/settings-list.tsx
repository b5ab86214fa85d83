import { Card, CardHeader, Link, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingView } from '@weir/contract';
import { DeliveryList } from './delivery-list.tsx';
import { RetentionState } from './retention-state.tsx';
import { CodeIcon, EditIcon } from '../../components/icons.ts';
import { ToolbarButton } from '../../components/toolbar.tsx';
import { nameOf } from './form-state.ts';
import { shapingSummary } from './shaping-state.ts';

/** The saved settings, each with the state of its deliveries. */
export function SettingsList({
  settings,
  onEdit,
  onCode,
}: {
  settings: readonly SettingView[];
  onEdit: (name: string) => void;
  onCode: (name: string) => void;
}) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Diagnostic settings">
      {settings.map((setting) => {
        const { storage, eventHub, logAnalytics, splunk, elastic, webhook } = setting.destinations;
        return (
          <li key={setting.name}>
            <Card className={styles.card}>
              <CardHeader
                header={
                  <Text as="h2" weight="semibold" size={400} className={styles.name}>
                    <Link as="button" onClick={() => onEdit(setting.name)}>
                      {setting.name}
                    </Link>
                  </Text>
                }
                description={
                  <Text size={200} className={styles.quiet}>
                    {setting.categories
                      .map((c) =>
                        storage ? `${c.category} (${c.retentionDays === 0 ? 'kept forever' : `${c.retentionDays} days`})` : c.category,
                      )
                      .join(', ')}
                    {setting.condition || setting.masks.length > 0 ? (
                      <Text block size={200}>
                        {shapingSummary({ condition: setting.condition ?? '', masks: setting.masks })}
                      </Text>
                    ) : null}
                  </Text>
                }
                action={
                  <div className={styles.actions}>
                    <ToolbarButton icon={<EditIcon />} onClick={() => onEdit(setting.name)} aria-label={`Edit setting ${setting.name}`}>
                      Edit setting
                    </ToolbarButton>
                    <ToolbarButton icon={<CodeIcon />} onClick={() => onCode(setting.name)} aria-label={`As code: ${setting.name}`}>
                      As code
                    </ToolbarButton>
                  </div>
                }
              />
              <RetentionState setting={setting} />
              <DeliveryList
                deliveries={setting.deliveries}
                targets={{
                  storage: storage ? nameOf(storage.storageAccountId) : '',
                  eventHub: eventHub
                    ? [/namespaces\/([^/]+)/i.exec(eventHub.authorizationRuleId)?.[1], eventHub.eventHubName].filter(Boolean).join(' / ')
                    : '',
                  logAnalytics: logAnalytics ? nameOf(logAnalytics.workspaceId) : '',
                  splunk: splunk ? [new URL(splunk.url).host, splunk.index].filter(Boolean).join(' / ') : '',
                  elastic: elastic ? `${new URL(elastic.url).host} / ${elastic.index}` : '',
                  webhook: webhook ? new URL(webhook.url).host : '',
                }}
              />
            </Card>
          </li>
        );
      })}
    </ul>
  );
}

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalL,
  },
  card: { minWidth: 0 },
  actions: { display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end' },
  name: { margin: 0, overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2 },
});
