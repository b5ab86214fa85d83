import { Checkbox, Field, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingView } from '@weir/contract';
import type { ReactNode } from 'react';
import { BatchingFields } from './batching-fields.tsx';
import { CreateWorkspace } from './create-workspace.tsx';
import type { FieldErrors, FormState } from './form-state.ts';
import { PartnerFields } from './partner-fields.tsx';
import { ResourcePicker } from './resource-picker.tsx';
import { SubscriptionPicker } from './subscription-picker.tsx';

interface Props {
  state: FormState;
  errors: FieldErrors;
  /** Which secrets are stored, and since when. */
  secrets: SettingView['secrets'];
  onChange: (change: Partial<FormState>) => void;
}

/** The form's right column: where the ticked logs go. */
export function DestinationsFieldset({ state, errors, secrets, onChange }: Props) {
  const styles = useStyles();
  const { logAnalytics, storage, eventHub, partner, batching } = state;
  return (
    <fieldset className={styles.fieldset}>
      <legend className={styles.legend}>Destination details</legend>
      {errors['destinations'] ? (
        <Text role="alert" className={styles.error}>
          {errors['destinations']}
        </Text>
      ) : null}

      <Section
        label="Send to Log Analytics workspace"
        on={logAnalytics.on}
        onToggle={(on) => onChange({ logAnalytics: { ...logAnalytics, on } })}
      >
        <SubscriptionPicker
          value={logAnalytics.subscriptionId}
          onChange={(subscriptionId) => onChange({ logAnalytics: { on: true, subscriptionId, workspaceId: '' } })}
        />
        <ResourcePicker
          label="Log Analytics workspace"
          kind="workspaces"
          parent={logAnalytics.subscriptionId}
          waitingFor="Choose a subscription first"
          value={logAnalytics.workspaceId}
          onChange={(workspaceId) => onChange({ logAnalytics: { ...logAnalytics, workspaceId } })}
          error={errors['destinations.logAnalytics.workspaceId'] ?? errors['destinations.logAnalytics']}
          hint="Records go to custom tables such as IntuneAuditLogs_CL: Azure lets no one else write its own."
        />
        <CreateWorkspace
          subscriptionId={logAnalytics.subscriptionId}
          onCreated={(w) => onChange({ logAnalytics: { ...logAnalytics, workspaceId: w.id } })}
        />
        <BatchingFields type="logAnalytics" value={batching} errors={errors} onChange={(next) => onChange({ batching: next })} />
      </Section>

      <Section label="Archive to a storage account" on={storage.on} onToggle={(on) => onChange({ storage: { ...storage, on } })}>
        <Text size={200} className={styles.note}>
          You&rsquo;ll be charged normal data rates for storage and transactions when you send diagnostics to a storage account.
        </Text>
        <SubscriptionPicker
          value={storage.subscriptionId}
          onChange={(subscriptionId) => onChange({ storage: { on: true, subscriptionId, storageAccountId: '' } })}
        />
        <ResourcePicker
          label="Storage account"
          kind="storageAccounts"
          parent={storage.subscriptionId}
          waitingFor="Choose a subscription first"
          value={storage.storageAccountId}
          onChange={(storageAccountId) => onChange({ storage: { ...storage, storageAccountId } })}
          error={errors['destinations.storage.storageAccountId'] ?? errors['destinations.storage']}
        />
        <BatchingFields type="storage" value={batching} errors={errors} onChange={(next) => onChange({ batching: next })} />
      </Section>

      <Section label="Stream to an event hub" on={eventHub.on} onToggle={(on) => onChange({ eventHub: { ...eventHub, on } })}>
        <SubscriptionPicker
          value={eventHub.subscriptionId}
          onChange={(subscriptionId) => onChange({ eventHub: { ...eventHub, subscriptionId, namespaceId: '', authorizationRuleId: '' } })}
        />
        <ResourcePicker
          label="Event hub namespace"
          kind="namespaces"
          parent={eventHub.subscriptionId}
          waitingFor="Choose a subscription first"
          value={eventHub.namespaceId}
          onChange={(namespaceId) => onChange({ eventHub: { ...eventHub, namespaceId, authorizationRuleId: '' } })}
          error={errors['destinations.eventHub.namespaceId'] ?? errors['destinations.eventHub']}
        />
        <Field
          label="Event hub name (optional)"
          hint="Left empty, each category goes to its own hub, such as insights-logs-auditlogs."
          {...(errors['destinations.eventHub.eventHubName'] && {
            validationState: 'error',
            validationMessage: errors['destinations.eventHub.eventHubName'],
          })}
        >
          <Input value={eventHub.eventHubName} onChange={(_, d) => onChange({ eventHub: { ...eventHub, eventHubName: d.value } })} />
        </Field>
        <ResourcePicker
          label="Event hub policy name"
          kind="policies"
          parent={eventHub.namespaceId}
          waitingFor="Choose a namespace first"
          value={eventHub.authorizationRuleId}
          onChange={(authorizationRuleId) => onChange({ eventHub: { ...eventHub, authorizationRuleId } })}
          error={errors['destinations.eventHub.authorizationRuleId']}
        />
        <BatchingFields type="eventHub" value={batching} errors={errors} onChange={(next) => onChange({ batching: next })} />
      </Section>

      <Section label="Send to partner solution" on={partner.on} onToggle={(on) => onChange({ partner: { ...partner, on } })}>
        <PartnerFields value={partner} errors={errors} secrets={secrets} onChange={(next) => onChange({ partner: next })} />
        {partner.type === '' ? null : (
          <BatchingFields
            key={partner.type}
            type={partner.type}
            value={batching}
            errors={errors}
            onChange={(next) => onChange({ batching: next })}
          />
        )}
      </Section>
    </fieldset>
  );
}

function Section({ label, on, onToggle, children }: { label: string; on: boolean; onToggle: (on: boolean) => void; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.section}>
      <Checkbox label={label} checked={on} onChange={(_, d) => onToggle(d.checked === true)} />
      {on ? (
        <div className={styles.fields} role="group" aria-label={label}>
          {children}
        </div>
      ) : null}
    </div>
  );
}

const useStyles = makeStyles({
  fieldset: { border: 'none', margin: 0, padding: 0, minWidth: 0, display: 'grid', alignContent: 'start', rowGap: tokens.spacingVerticalS },
  legend: {
    padding: 0,
    marginBottom: tokens.spacingVerticalS,
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    lineHeight: tokens.lineHeightBase400,
  },
  section: { borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, paddingBottom: tokens.spacingVerticalS },
  fields: {
    display: 'grid',
    rowGap: tokens.spacingVerticalM,
    padding: `${tokens.spacingVerticalXS} 0 ${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXXL}`,
    minWidth: 0,
  },
  note: { color: tokens.colorNeutralForeground2 },
  error: { color: tokens.colorPaletteRedForeground1 },
});
