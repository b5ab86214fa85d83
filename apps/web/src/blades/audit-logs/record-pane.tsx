import { DetailsPane } from '../../components/details-pane.tsx';
import { RecordDetails } from './record-details.tsx';

interface Props {
  id: string;
  onClose: () => void;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/** The open record. Loaded with the first row that is opened. */
export default function RecordPane({ id, onClose, onPrevious, onNext }: Props) {
  return (
    <DetailsPane title="Activity details: Audit log" open onClose={onClose} onPrevious={onPrevious} onNext={onNext}>
      <RecordDetails id={id} />
    </DetailsPane>
  );
}
