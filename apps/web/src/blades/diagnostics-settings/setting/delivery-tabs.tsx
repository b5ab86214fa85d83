import { makeStyles } from '@fluentui/react-components';
import { destinationNames, type DeliveryView, type SettingView } from '@weir/contract';
import type { ComponentType } from 'react';
import { EmptyState } from '../../../components/empty-state.tsx';
import { QuarantinePanel } from '../quarantine-panel.tsx';
import { ReplayPanel } from '../replay-panel.tsx';
import { targetsOf } from '../setting-figures.ts';
import type { SettingSearch } from '../setting-search.ts';
import { DeliveryPicker } from './delivery-picker.tsx';

interface Props {
  setting: SettingView;
  search: SettingSearch;
  onSearch: (search: SettingSearch) => void;
}

/** Records that a destination refused for good. Without a choice: the first delivery that has some. */
export const QuarantineTab = (props: Props) => (
  <OfDelivery
    {...props}
    tab="quarantine"
    Panel={QuarantinePanel}
    first={(deliveries) => deliveries.find((d) => d.quarantined > 0)}
    note={(d) => (d.quarantined > 0 ? ` (${d.quarantined})` : '')}
  />
);
/** Sends records again, and shows what was sent again. */
export const ReplayTab = (props: Props) => <OfDelivery {...props} tab="replay" Panel={ReplayPanel} />;

interface OfDeliveryProps extends Props {
  tab: 'quarantine' | 'replay';
  Panel: ComponentType<{ id: string; to?: string | undefined }>;
  first?: (deliveries: readonly DeliveryView[]) => DeliveryView | undefined;
  note?: (delivery: DeliveryView) => string;
}
function OfDelivery({ setting, search, onSearch, tab, Panel, first, note }: OfDeliveryProps) {
  const styles = useStyles();
  const { deliveries } = setting;
  const fits = deliveries.filter(
    (d) => (!search.destination || d.type === search.destination) && (!search.category || d.category === search.category),
  );
  const chosen = first?.(fits) ?? fits[0] ?? first?.(deliveries) ?? deliveries[0];
  if (!chosen) return <EmptyState title="Nothing is delivered" text="The setting has no destination yet." />;
  const others = deliveries.filter((d) => d.id !== chosen.id && (note?.(d) ?? '') !== '');
  return (
    <>
      <DeliveryPicker
        deliveries={deliveries}
        value={{ destination: chosen.type, category: chosen.category }}
        onChange={(value) => onSearch({ tab, ...value })}
      />
      {others.length > 0 ? (
        <div>{`Also: ${others.map((d) => `${destinationNames[d.type]}, ${d.category}${note?.(d) ?? ''}`).join('; ')}.`}</div>
      ) : null}
      <div className={styles.panel}>
        <Panel key={chosen.id} id={chosen.id} to={targetsOf(setting)[chosen.type] || undefined} />
      </div>
    </>
  );
}

const useStyles = makeStyles({ panel: { maxWidth: '760px', minWidth: 0 } });
