import { Checkbox, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingView } from '@weir/contract';
import type { ReactNode } from 'react';
import { BatchingFields } from './batching-fields.tsx';
import { CreateWorkspace } from './create-workspace.tsx';
import type { FieldErrors, FormState } from './form-state.ts';
import { HubPicker } from './hub-picker.tsx';
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
    <fieldset className={styles.fieldset} aria-describedby={errors['destinations'] && 'destinations-error'}>
      <legend className={styles.legend}>Destination details</legend>
      {errors['destinations'] ? (
        <Text id="destinations-error" role="alert" className={styles.error}>
          {errors['destinations']}
        </Text>
      ) : null}

      <Section
        label="Send to Log Analytics workspace"
        wrong={errors['destinations'] !== undefined}
        on={logAnalytics.on}
        onToggle={(on) => onChange({ logAnalytics: { ...logAnalytics, on } })}
      >
        <SubscriptionPicker
          field="destinations.logAnalytics.subscriptionId"
          error={errors['destinations.logAnalytics.subscriptionId']}
          value={logAnalytics.subscriptionId}
          onChange={(subscriptionId) => onChange({ logAnalytics: { on: true, subscriptionId, workspaceId: '' } })}
        />
        <ResourcePicker
          label="Log Analytics workspace"
          field="destinations.logAnalytics.workspaceId"
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
          field="destinations.storage.subscriptionId"
          error={errors['destinations.storage.subscriptionId']}
          value={storage.subscriptionId}
          onChange={(subscriptionId) => onChange({ storage: { on: true, subscriptionId, storageAccountId: '' } })}
        />
        <ResourcePicker
          label="Storage account"
          field="destinations.storage.storageAccountId"
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
          field="destinations.eventHub.subscriptionId"
          error={errors['destinations.eventHub.subscriptionId']}
          value={eventHub.subscriptionId}
          onChange={(subscriptionId) => onChange({ eventHub: { ...eventHub, subscriptionId, namespaceId: '', authorizationRuleId: '' } })}
        />
        <ResourcePicker
          label="Event hub namespace"
          field="destinations.eventHub.namespaceId"
          kind="namespaces"
          parent={eventHub.subscriptionId}
          waitingFor="Choose a subscription first"
          value={eventHub.namespaceId}
          onChange={(namespaceId) => onChange({ eventHub: { ...eventHub, namespaceId, authorizationRuleId: '' } })}
          error={errors['destinations.eventHub.namespaceId'] ?? errors['destinations.eventHub']}
        />
        <HubPicker
          field="destinations.eventHub.eventHubName"
          namespaceId={eventHub.namespaceId}
          value={eventHub.eventHubName}
          error={errors['destinations.eventHub.eventHubName']}
          onChange={(eventHubName) => onChange({ eventHub: { ...eventHub, eventHubName } })}
        />
        <ResourcePicker
          label="Event hub policy name"
          field="destinations.eventHub.authorizationRuleId"
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

interface SectionProps {
  label: string;
  on: boolean;
  /** Nothing is ticked, and something must be. */
  wrong?: boolean;
  onToggle: (on: boolean) => void;
  children: ReactNode;
}
function Section({ label, on, wrong = false, onToggle, children }: SectionProps) {
  const styles = useStyles();
  return (
    <div className={styles.section} {...(wrong && { 'data-wrong': '' })}>
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
  error: { color: tokens.colorPaletteRedForeground1, overflowWrap: 'anywhere' },
});
