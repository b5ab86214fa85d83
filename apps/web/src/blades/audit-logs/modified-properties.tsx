import { Button, Checkbox, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { diffProperties, type AuditDetails, type Names, type PropertyChange, type PropertyGroup, type ReadProperty } from '@weir/contract';
import { memo, useDeferredValue, useMemo, useState, useTransition } from 'react';
import { PlainText } from '../../components/plain-text.tsx';
import { PropertyDiff } from '../../components/property-diff.tsx';
import { formatNumber } from '../../lib/format.ts';
import { LastValue } from './last-value.tsx';

/** Properties that are shown at first, and with each "Show more". */
const FIRST = 40;
const MORE = 100;
const words: Record<PropertyChange, string> = {
  changed: 'Changed',
  set: 'Set',
  removed: 'Removed',
  unchanged: 'Unchanged',
  unrecorded: 'No values recorded',
};

interface Props {
  record: AuditDetails;
  /** Index of the target that they are of. */
  target: number;
  names: Names;
  /** Shown at once, not only counted. */
  open: boolean;
}

/** The modified properties of one target: as the portal lists them, with what changed marked. Items of a list stand together. */
export function ModifiedProperties({ record, target, names, open: startOpen }: Props) {
  const styles = useStyles();
  const properties = record.targets[target]!.modifiedProperties;
  const groups = useMemo(() => diffProperties(properties), [properties]);
  const [open, setOpen] = useState(startOpen);
  const [hideUnchanged, setHideUnchanged] = useState(false);
  const [shown, setShown] = useState(FIRST);
  const [loading, start] = useTransition();
  // The box is ticked at once; hundreds of properties follow.
  const hidden = useDeferredValue(hideUnchanged);
  const unchanged = properties.filter((p) => p.oldValue !== null && p.oldValue === p.newValue).length;
  const kept = useMemo(
    () => groups.map((g) => ({ ...g, properties: g.properties.filter((p) => !hidden || p.change !== 'unchanged') })),
    [groups, hidden],
  );
  const count = kept.reduce((sum, g) => sum + g.properties.length, 0);
  const visible = useMemo(() => firstOf(kept, shown), [kept, shown]);
  return (
    <div className={styles.root}>
      <div className={styles.top}>
        <Text as="h4" weight="semibold" className={styles.heading}>
          Modified Properties
        </Text>
        <span className={styles.quiet}>{formatNumber(properties.length)}</span>
        {open && unchanged > 0 ? (
          <Checkbox
            size="medium"
            label={`Hide unchanged (${formatNumber(unchanged)})`}
            checked={hideUnchanged}
            onChange={(_, data) => setHideUnchanged(data.checked === true)}
          />
        ) : null}
        {startOpen ? null : (
          <Button size="small" appearance="subtle" aria-expanded={open} onClick={() => start(() => setOpen(!open))}>
            {open ? 'Hide' : `Show ${formatNumber(properties.length)}`}
          </Button>
        )}
      </div>
      {open
        ? visible.map((group, index) => (
            <div key={index} className={mergeClasses(group.title !== null && styles.item)}>
              {group.title === null ? null : (
                <Text as="h5" weight="semibold" size={200} className={styles.heading}>
                  <PlainText text={group.title} />
                </Text>
              )}
              <ul className={styles.list}>
                {group.properties.map((property, n) => (
                  <Property key={n} property={property} record={record} target={target} names={names} />
                ))}
              </ul>
            </div>
          ))
        : null}
      {open && count === 0 ? <Text className={styles.quiet}>Nothing changed among them.</Text> : null}
      {open && count > shown ? (
        <Button size="small" disabledFocusable={loading} onClick={() => start(() => setShown(shown + MORE))}>
          {count - shown > MORE
            ? `Show ${MORE} more of ${formatNumber(count - shown)} properties`
            : `Show the last ${count - shown} properties`}
        </Button>
      ) : null}
    </div>
  );
}

/** Groups with so many properties in all. */
function firstOf(groups: readonly PropertyGroup[], count: number): PropertyGroup[] {
  const some: PropertyGroup[] = [];
  let left = count;
  for (const group of groups) {
    const properties = group.properties.slice(0, left);
    if (properties.length > 0) some.push({ ...group, properties });
    left -= properties.length;
  }
  return some;
}

interface PropertyProps {
  property: ReadProperty;
  record: AuditDetails;
  target: number;
  names: Names;
}
/** Those that are there already stay as they are when more are shown. */
const Property = memo(function Property({ property, record, target, names }: PropertyProps) {
  const styles = useStyles();
  const { name, label, oldValue, newValue, change, technical } = property;
  // What was only just made had no value before.
  const created = /^create/i.test(record.status.operationType ?? record.status.activityType ?? '');
  return (
    <li className={styles.property}>
      <div className={styles.top}>
        <span className={styles.name}>
          <PlainText text={label ?? name} />
        </span>
        <span className={mergeClasses(styles.change, change === 'changed' && styles.strong)}>{words[change]}</span>
      </div>
      {technical ? <span className={styles.quiet}>Version of the API that was used, not a property of the target</span> : null}
      <PropertyDiff
        name={name}
        oldValue={oldValue}
        newValue={newValue}
        names={names}
        aside={
          change === 'set' && !technical && !created ? (
            <LastValue record={record.id} target={target} property={name} newValue={newValue} />
          ) : null
        }
      />
    </li>
  );
});

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'stretch',
    rowGap: tokens.spacingVerticalXS,
    marginTop: tokens.spacingVerticalS,
  },
  top: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: tokens.spacingHorizontalS, minHeight: '24px' },
  heading: { margin: 0, overflowWrap: 'anywhere' },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    borderLeft: `2px solid ${tokens.colorNeutralStroke1}`,
    paddingInlineStart: tokens.spacingHorizontalS,
    marginTop: tokens.spacingVerticalXS,
  },
  property: {
    display: 'flex',
    flexDirection: 'column',
    padding: `${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    minWidth: 0,
    contentVisibility: 'auto',
    containIntrinsicSize: 'auto 76px',
  },
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere', minWidth: 0 },
  change: { marginInlineStart: 'auto', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, whiteSpace: 'nowrap' },
  strong: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});
