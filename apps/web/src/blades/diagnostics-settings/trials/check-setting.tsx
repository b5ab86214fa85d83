import type { SettingView } from '@weir/contract';
import { targetsOf } from '../setting-figures.ts';
import CheckDialog from './check-dialog.tsx';
import { typesIn } from './trial-text.ts';

/** Check of a saved setting, from the list. */
export default function CheckSetting({ setting, onClose }: { setting: SettingView; onClose: () => void }) {
  const names = targetsOf(setting);
  const targets = typesIn(setting.destinations).map((type) => ({ type, name: names[type] }));
  return <CheckDialog title={`Check ${setting.name}`} tried={{ name: setting.name }} targets={targets} onClose={onClose} />;
}
