import { Link, Spinner, makeStyles, tokens } from '@fluentui/react-components';
import { diffValues, Meter } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { DiffView } from '../../components/diff-view.tsx';
import { Recorded } from '../../components/property-diff.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { useZone } from '../../lib/zone.tsx';
import { lastValuesQuery } from './api.ts';

/** Time that a record must be open before others are looked through for it: who walks the rows does not wait for that. */
const DWELL_MS = 350;

interface Props {
  record: string;
  target: number;
  property: string;
  newValue: string | null;
}

/** The last value that this log knows of a property whose old value Microsoft did not record, and the record that it is from. */
export function LastValue({ record, target, property, newValue }: Props) {
  const styles = useStyles();
  const navigate = useNavigate();
  const zone = useZone();
  const [dwelt, setDwelt] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDwelt(true), DWELL_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data, isError, isFetching } = useQuery({ ...lastValuesQuery(record), enabled: dwelt });
  if (isFetching && !data)
    return <Spinner size="extra-tiny" label="Looking in earlier records …" className={styles.quiet} labelPosition="after" />;
  if (isError) return <span className={styles.quiet}>Earlier records could not be looked through.</span>;
  if (!data) return null;
  const found = data.values.find((v) => v.target === target && v.property === property);
  if (!found) {
    return (
      <span className={styles.quiet}>
        {data.complete
          ? 'No earlier record of this target has a value of it.'
          : `The last ${formatNumber(data.looked)} records of this target have no value of it.`}
      </span>
    );
  }
  const same = found.value === newValue;
  const diff = same ? null : diffValues(found.value, newValue, new Meter(200_000));
  const long = found.value.length > 200 || found.value.includes('\n');
  return (
    <div className={styles.root}>
      <dl className={styles.row}>
        <dt className={styles.label}>Last known</dt>
        <dd className={styles.value}>
          <span className={styles.text}>
            <Recorded value={found.value} name={`Last known value of ${property}`} />
          </span>
          {found.value === '' || found.value === '<null>' ? null : (
            <CopyButton value={found.value} label={`Copy last known value of ${property}`} className={styles.copy} />
          )}
        </dd>
      </dl>
      <span className={styles.quiet}>
        {same ? 'The same as the new value. ' : ''}
        {'From an earlier record in this log: '}
        <Link
          inline
          as="button"
          className={styles.link}
          onClick={() => void navigate({ to: '.', search: (before: object) => ({ ...before, selected: found.record.id }) })}
        >
          {`${found.record.activity ?? 'the record'}, ${formatTime(found.record.time, zone)}`}
        </Link>
        {found.record.actor ? ` by ${found.record.actor}` : ''}
      </span>
      {diff && long ? <DiffView diff={diff} name={`${property}, since its last known value`} /> : null}
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: tokens.spacingVerticalXXS, minWidth: 0 },
  row: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: '80px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalS,
    alignItems: 'start',
  },
  label: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, lineHeight: '24px' },
  value: { margin: 0, display: 'flex', justifyContent: 'space-between', alignItems: 'flex-start', minWidth: 0 },
  text: { minWidth: 0, flexGrow: 1, paddingTop: '2px' },
  copy: { flexShrink: 0, minWidth: '24px', padding: 0, color: tokens.colorNeutralForeground3 },
  link: { fontSize: 'inherit', textAlign: 'start' },
  quiet: {
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    justifyContent: 'flex-start',
    overflowWrap: 'anywhere',
  },
});
