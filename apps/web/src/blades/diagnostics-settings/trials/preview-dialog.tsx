import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { destinationNames, type DestinationType, type SettingPreview, type SettingTrialInput } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { Time } from '../../../components/time.tsx';
import { formatNumber } from '../../../lib/format.ts';
import { problemText } from '../../../lib/problem.ts';
import { previewQuery } from './api.ts';
import { RequestContent } from './content.tsx';
import { TrialFrame } from './trial-frame.tsx';

interface Props {
  input: SettingTrialInput;
  targets: readonly { type: DestinationType; name: string }[];
  onClose: () => void;
  onRefused: (error: unknown) => void;
}

/** The bytes that each destination would get for the newest record. Nothing is sent. */
export default function PreviewDialog({ input, targets, onClose, onRefused }: Props) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(previewQuery(input));
  const refused = useRef(onRefused);
  useEffect(() => {
    if (error) refused.current(error);
  }, [error]);
  const shown = data?.empty === null ? data.record : null;
  const said = error
    ? `No preview. ${problemText(error)}`
    : shown
      ? `Preview of a record of ${shown.category}.`
      : data
        ? emptyOf(data).title
        : 'Loading the newest record.';
  return (
    <TrialFrame title="Preview" onClose={onClose} said={said}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingRows label="Loading the newest record" rows={4} />
      ) : data.record === null || data.empty !== null ? (
        <EmptyState {...emptyOf(data)} />
      ) : (
        <>
          <div className={styles.about}>
            <Text>
              What each destination would get for record {formatNumber(data.record.sequence)} of {data.record.category}, from{' '}
              <Time value={data.record.time} />: the newest that goes. In a batch others stand beside it. Nothing is sent.
            </Text>
            {data.record.newerLeftOut > 0 ? (
              <Text>
                The filter leaves out {formatNumber(data.record.newerLeftOut)} newer {data.record.newerLeftOut === 1 ? 'record' : 'records'}
                .
              </Text>
            ) : null}
            {data.exampleHashes ? (
              <Text>Hashes are examples: the setting gets a key of its own when it is saved, so they will be others.</Text>
            ) : null}
          </div>
          {data.items.map(({ type, ...content }) => (
            <section key={type} aria-label={destinationNames[type]} className={styles.section}>
              <div className={styles.head}>
                <h3 className={styles.heading}>{destinationNames[type]}</h3>
                <span className={styles.target}>{targets.find((t) => t.type === type)?.name}</span>
              </div>
              <RequestContent content={content} name={destinationNames[type]} />
            </section>
          ))}
        </>
      )}
    </TrialFrame>
  );
}

function emptyOf({ empty, looked, record }: SettingPreview): { title: string; text: string } {
  switch (empty) {
    case 'filtered':
      return {
        title: 'The filter leaves out every recent record',
        text: `None of the newest ${formatNumber(looked)} records of the ticked logs passes. If that is not what you want, change the condition under Filter and masking.`,
      };
    case 'not-maskable':
      return {
        title: 'The newest record cannot be masked',
        text: `Record ${record?.id ?? ''} is no JSON. It would go to quarantine, and the others would go on.`,
      };
    default:
      return {
        title: 'There is no record yet',
        text: 'Nothing was collected of the ticked logs so far. Come back when there is something, or tick another log.',
      };
  }
}

const useStyles = makeStyles({
  about: { display: 'grid', rowGap: tokens.spacingVerticalXS },
  section: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalS,
    paddingTop: tokens.spacingVerticalM,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS, alignItems: 'baseline' },
  heading: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, lineHeight: tokens.lineHeightBase300 },
  target: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
});
