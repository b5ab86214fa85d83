import { visibleText, type AuditRow } from '@weir/contract';
import { Button, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { LoadingRows } from '../../components/loading-rows.tsx';
import { RouterLink } from '../../components/router-link.tsx';
import { Time } from '../../components/time.tsx';
import { formatNumber } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import { recordIdFrom } from './compare/compare-records.ts';
import { openRecord } from './open-record.ts';
import { relatedQuery, type RelatedGroup } from './timeline/api.ts';

const titles: Record<RelatedGroup['kind'], string> = {
  correlation: 'Same correlation id',
  target: 'Same target',
  actor: 'Same actor within an hour',
};

/** Records that belong to a record, each kind with a count and a way to all of them; and what it can be compared with. */
export function Related({ id }: { id: string }) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(relatedQuery(id));
  return (
    <section aria-label="Related" className={styles.root}>
      <Text as="h3" size={400} weight="semibold" className={styles.heading}>
        Related
      </Text>
      {error && !data ? (
        <Text block role="alert">
          {`Related records could not be read. ${problemText(error)} `}
          <Button size="small" onClick={() => void refetch()}>
            Retry
          </Button>
        </Text>
      ) : null}
      {!data && !error ? <LoadingRows label="Looking for related records" rows={3} /> : null}
      {data?.groups.map((group) => (
        <Group key={`${group.kind} ${group.value}`} id={id} group={group} />
      ))}
      {data && data.targetsLeftOut > 0 ? (
        <Text block className={styles.quiet}>{`${formatNumber(data.targetsLeftOut)} more targets are not looked for here.`}</Text>
      ) : null}
      <CompareWith id={id} />
    </section>
  );
}

function Group({ id, group }: { id: string; group: RelatedGroup }) {
  const styles = useStyles();
  const { kind, value, name, count, more, items, q, from, to, previousId } = group;
  return (
    <div className={styles.group}>
      <Text as="h4" weight="semibold" className={styles.heading}>
        {titles[kind]}
        {kind === 'correlation' ? '' : `: ${name ?? value}`}
      </Text>
      <div className={styles.line}>
        {count === 0 ? (
          <span className={styles.quiet}>No other record</span>
        ) : (
          <RouterLink to="/tenant-administration/audit-logs" search={{ q, range: 'custom', from, to, selected: id }}>
            {`Show all: ${formatNumber(count)}${more ? ' or more' : ''} ${count === 1 && !more ? 'other record' : 'other records'}`}
          </RouterLink>
        )}
        {previousId === null ? null : (
          <RouterLink to="/tenant-administration/audit-logs/compare" search={{ a: previousId, b: id }}>
            Compare with previous record of this target
          </RouterLink>
        )}
      </div>
      {items.length > 0 ? (
        <ul className={styles.list}>
          {items.slice(0, 3).map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const Row = ({ row }: { row: AuditRow }) => (
  <li>
    <RouterLink to="/tenant-administration/audit-logs" search={openRecord(row.id, row.time)}>
      {visibleText(row.activity ?? 'Record')}
    </RouterLink>{' '}
    <Time value={row.time} />
    {row.targets.length > 0
      ? ` · ${visibleText(row.targets[0]!)}${row.targets.length > 1 ? ` and ${row.targets.length - 1} more` : ''}`
      : ''}
  </li>
);

function CompareWith({ id }: { id: string }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const [other, setOther] = useState('');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (other.trim() !== '')
          void navigate({ to: '/tenant-administration/audit-logs/compare', search: { a: recordIdFrom(other), b: id } });
      }}
    >
      <Input
        size="small"
        value={other}
        onChange={(_, data) => setOther(data.value)}
        placeholder="Id or link of a record"
        aria-label="Compare with: id or link of a record"
        className={styles.input}
      />
      <Button size="small" type="submit" disabled={other.trim() === ''}>
        Compare with …
      </Button>
    </form>
  );
}

const useStyles = makeStyles({
  root: { marginBottom: tokens.spacingVerticalL, overflowWrap: 'anywhere' },
  heading: { margin: `0 0 ${tokens.spacingVerticalXS}`, display: 'block' },
  group: { marginBottom: tokens.spacingVerticalM },
  line: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalM },
  list: { margin: `${tokens.spacingVerticalXS} 0 0`, paddingInlineStart: tokens.spacingHorizontalL, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground2 },
  form: { display: 'flex', columnGap: tokens.spacingHorizontalS },
  input: { flexGrow: 1, minWidth: 0 },
});
