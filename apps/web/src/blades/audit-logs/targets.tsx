import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { AuditDetails, Names } from '@weir/contract';
import { memo, useMemo, useState, useTransition } from 'react';
import { formatNumber } from '../../lib/format.ts';
import { ModifiedProperties } from './modified-properties.tsx';
import { Value } from './record-value.tsx';
import { TimelineLinks } from './timeline-links.tsx';

/** Targets that are shown at first, and with each "Show more". */
const FIRST = 10;
const MORE = 50;
/** With more targets than this, their modified properties are folded. */
const OPEN = 3;

/** The group "Target(s)" with each target's modified properties. Hundreds of targets are shown some at a time. */
export function Targets({ record, names }: { record: AuditDetails; names: Names }) {
  const styles = useStyles();
  const [shown, setShown] = useState(FIRST);
  const [loading, start] = useTransition();
  const { targets } = record;
  const left = targets.length - shown;
  return (
    <section className={styles.group}>
      <Text as="h3" size={400} weight="semibold" className={styles.heading}>
        Target(s)
      </Text>
      {targets.length === 0 ? <Text className={styles.quiet}>The record names no target.</Text> : null}
      {targets.length > 1 ? <Text className={styles.quiet}>{`${formatNumber(targets.length)} targets`}</Text> : null}
      {targets.slice(0, shown).map((_, index) => (
        <Target key={index} record={record} index={index} names={names} />
      ))}
      {left > 0 ? (
        <Button disabledFocusable={loading} onClick={() => start(() => setShown(shown + MORE))}>
          {left > MORE
            ? `Show ${MORE} more of ${formatNumber(left)} targets`
            : `Show ${left === 1 ? 'the last target' : `the last ${left} targets`}`}
        </Button>
      ) : null}
    </section>
  );
}
interface TargetProps {
  record: AuditDetails;
  index: number;
  names: Names;
}
const Target = memo(function Target({ record, index, names }: TargetProps) {
  const styles = useStyles();
  const { targets } = record;
  const target = targets[index]!;
  const others = useMemo(() => namedElsewhere(names, target), [names, target]);
  return (
    <div className={styles.target}>
      <Text as="h4" weight="semibold" className={styles.heading}>
        {targets.length > 1 ? `Target ${index + 1} of ${formatNumber(targets.length)}` : 'Target'}
      </Text>
      <dl className={styles.list}>
        <Value label="Type" value={target.type} field="type" />
        <Value label="Name" value={target.name} field="target" missing="not named by the record" />
        <Value label="ObjectID" value={target.objectId} names={others} />
      </dl>
      <TimelineLinks objectId={target.objectId} names={names} />
      {target.modifiedProperties.length > 0 ? (
        <ModifiedProperties record={record} target={index} names={names} open={targets.length <= OPEN} />
      ) : null}
    </div>
  );
});
/** A target's own name stands above its id already. */
function namedElsewhere(names: Names, target: AuditDetails['targets'][number]): Names {
  const id = target.objectId?.toLowerCase();
  return id !== undefined && names.get(id) === target.name ? new Map([...names].filter(([key]) => key !== id)) : names;
}

const useStyles = makeStyles({
  group: { marginBottom: tokens.spacingVerticalL },
  heading: { margin: `0 0 ${tokens.spacingVerticalXS}`, display: 'block' },
  list: { margin: 0 },
  target: { paddingTop: tokens.spacingVerticalXS, marginBottom: tokens.spacingVerticalM },
  quiet: { color: tokens.colorNeutralForeground2 },
});
