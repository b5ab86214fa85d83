import { CopyButton } from '../../components/copy-button.tsx';
import { DetailsPane } from '../../components/details-pane.tsx';
import { LinkIcon } from '../../components/icons.ts';
import { RecordDetails } from './record-details.tsx';

interface Props {
  id: string;
  onClose: () => void;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/** The open record. Loaded with the first row that is opened. */
export default function RecordPane({ id, onClose, onPrevious, onNext }: Props) {
  // The record alone: whoever follows the link sees it whatever the list was narrowed to.
  const link = `${location.origin}${location.pathname}?${new URLSearchParams({ selected: id })}`;
  return (
    <DetailsPane
      title="Activity details: Audit log"
      open
      onClose={onClose}
      onPrevious={onPrevious}
      onNext={onNext}
      actions={<CopyButton value={link} label="Copy link to this record" icon={<LinkIcon />} size="medium" />}
    >
      <RecordDetails id={id} onClose={onClose} />
    </DetailsPane>
  );
}
