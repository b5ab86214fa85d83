import type { SettingTrialInput, SettingView } from '@weir/contract';
import { targetsOf } from '../setting-figures.ts';
import CheckDialog from './check-dialog.tsx';
import PreviewDialog from './preview-dialog.tsx';
import { typesIn } from './trial-text.ts';

interface Props {
  kind: 'check' | 'preview';
  input: SettingTrialInput;
  onClose: () => void;
  onRefused: (error: unknown) => void;
}

/** Check or Preview of the form as it stands. */
export default function FormTrials({ kind, input, onClose, onRefused }: Props) {
  const names = targetsOf({ destinations: input.destinations as SettingView['destinations'] });
  const targets = typesIn(input.destinations).map((type) => ({ type, name: names[type] }));
  return kind === 'check' ? (
    <CheckDialog title="Check" tried={{ input }} targets={targets} onClose={onClose} onRefused={onRefused} />
  ) : (
    <PreviewDialog input={input} targets={targets} onClose={onClose} onRefused={onRefused} />
  );
}
