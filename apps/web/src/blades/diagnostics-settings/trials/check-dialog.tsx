import { Button, Spinner, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { destinationNames, type DestinationType, type TrialExchange, type TrialResult } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Disclosure } from '../../../components/disclosure.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { DoneIcon, FailedIcon } from '../../../components/icons.ts';
import { PlainText } from '../../../components/plain-text.tsx';
import { Time } from '../../../components/time.tsx';
import { problemText } from '../../../lib/problem.ts';
import { checkQuery, type Tried } from './api.ts';
import { Fact, RequestContent } from './content.tsx';
import { TrialFrame } from './trial-frame.tsx';
import { outcomeText, remedyText, summaryText } from './trial-text.ts';

interface Props {
  title: string;
  tried: Tried;
  /** Where to, and what each is called there. */
  targets: readonly { type: DestinationType; name: string }[];
  onClose: () => void;
  /** The server refused the form itself. */
  onRefused?: (error: unknown) => void;
}

/** Sends one test record to each destination, and says what came of it. Closing it breaks off what still waits. */
export default function CheckDialog({ title, tried, targets, onClose, onRefused }: Props) {
  const styles = useStyles();
  const { data, error, isFetching, refetch } = useQuery(checkQuery(tried));
  const refused = useRef(onRefused);
  useEffect(() => {
    if (error) refused.current?.(error);
  }, [error]);
  const said = isFetching ? 'Sending a test record.' : error ? `Not checked. ${problemText(error)}` : data ? summaryText(data.results) : '';

  return (
    <TrialFrame
      title={title}
      onClose={onClose}
      said={said}
      actions={
        <Button appearance="primary" disabledFocusable={isFetching} onClick={() => void refetch()}>
          Check again
        </Button>
      }
    >
      <Text>
        Sends one record that says that it is a test, the way deliveries go. It is in no log and moves no delivery; consumers of the
        destination see it, with the activity “Weir test record” and your name.
        {'input' in tried ? ' Hubs, tables and the data collection rule that are missing are made, as Save does.' : ''}
      </Text>
      {error && !isFetching ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {error && !isFetching ? null : (
        <ul className={styles.list} aria-label="Destinations" aria-busy={isFetching}>
          {targets.map(({ type, name }) => {
            const result = isFetching ? undefined : data?.results.find((r) => r.type === type);
            return (
              <li key={type} className={styles.item}>
                <div className={styles.head}>
                  <Text weight="semibold">{destinationNames[type]}</Text>
                  <span className={styles.target}>{name}</span>
                </div>
                {result ? (
                  <Outcome result={result} />
                ) : (
                  <Spinner size="tiny" label="Sending … (15 s at most)" labelPosition="after" className={styles.spinner} />
                )}
              </li>
            );
          })}
        </ul>
      )}
      {data && !isFetching ? (
        <Text size={200} className={styles.quiet}>
          Record {data.recordId} of {data.category}, sent <Time value={data.at} />
        </Text>
      ) : null}
    </TrialFrame>
  );
}

function Outcome({ result }: { result: TrialResult }) {
  const styles = useStyles();
  const { type, outcome, place, fault, exchanges } = result;
  const good = outcome === 'delivered';
  const remedy = remedyText(result);
  return (
    <>
      <div className={mergeClasses(styles.outcome, good ? styles.good : styles.bad)}>
        <span aria-hidden className={styles.icon}>
          {good ? <DoneIcon /> : <FailedIcon />}
        </span>
        {outcomeText(result)}
      </div>
      {fault ? (
        <Text className={styles.text}>
          <PlainText text={fault.message} /> {remedy}
        </Text>
      ) : null}
      {place ? (
        <Text size={200} className={mergeClasses(styles.text, styles.quiet)}>
          It is in {place}
        </Text>
      ) : null}
      <Disclosure title="Request and answer">
        {exchanges.length === 0 ? (
          <Text>No request with the record was sent: what is wrong came up before.</Text>
        ) : (
          exchanges.map((exchange, n) => <Exchange key={n} exchange={exchange} name={destinationNames[type]} />)
        )}
      </Disclosure>
    </>
  );
}

function Exchange({ exchange, name }: { exchange: TrialExchange; name: string }) {
  const styles = useStyles();
  const { answer, sentBytes, ...content } = exchange;
  return (
    <div className={styles.exchange}>
      <RequestContent content={content} name={name} sentBytes={sentBytes} />
      <dl className={styles.answer}>
        <Fact name="Answer">
          {answer
            ? [answer.status, answer.text].filter(Boolean).map((text, n) => (
                <span key={n} className={n === 0 ? styles.status : styles.said}>
                  <PlainText text={text} />
                </span>
              ))
            : 'None came.'}
        </Fact>
      </dl>
    </div>
  );
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)' },
  item: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS, alignItems: 'baseline' },
  target: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  spinner: { justifyContent: 'flex-start' },
  outcome: { display: 'flex', alignItems: 'center', columnGap: tokens.spacingHorizontalXS, fontWeight: tokens.fontWeightSemibold },
  icon: { display: 'flex', flexShrink: 0 },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  text: { overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  exchange: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalS },
  answer: { margin: 0 },
  status: { marginInlineEnd: tokens.spacingHorizontalS },
  said: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});
