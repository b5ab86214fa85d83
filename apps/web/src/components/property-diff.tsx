import { makeStyles, tokens } from '@fluentui/react-components';
import { diffValues, meaningOf, Meter, recordedValue, textOfBase64, type Names, type Piece, type ValueDiff } from '@weir/contract';
import { useMemo, type ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import { DiffView } from './diff-view.tsx';
import { Added, Removed } from './diff-marks.tsx';
import { LongText } from './long-text.tsx';
import { PlainText } from './plain-text.tsx';

/** Steps for one property: a list of hundreds must not take long either. */
const STEPS = 400_000;
/** Values up to this length are marked where they stand; longer ones get a comparison of their own. */
const SHORT = 200;
const empty: Names = new Map();

export interface PropertyDiffProps {
  /** Name of the property, for the labels of its buttons. */
  name: string;
  /** As recorded: null when the record does not say, `<null>` where Intune wrote that there is none. */
  oldValue: string | null;
  newValue: string | null;
  /** Names that are known for ids, for what they mean in words. Keys in lower case. */
  names?: Names;
  /** What stands before the values; "New Value" and "Old Value" without it. */
  labels?: { new: string; old: string };
  /** Stands below the old value: what else is known of it. */
  aside?: ReactNode;
}

/** What changed, readably: the difference marked by colour and sign, then the new value and the old one, each to be copied. */
export function PropertyDiff({ name, oldValue, newValue, names = empty, labels = portal, aside }: PropertyDiffProps) {
  const styles = useStyles();
  const decoded = useMemo(() => decodedOf(name, oldValue, newValue), [name, oldValue, newValue]);
  const [before, after] = decoded ?? [oldValue, newValue];
  const diff = useMemo(() => diffValues(before, after, new Meter(STEPS)), [before, after]);
  const apart =
    (decoded !== null && diff.kind === 'text') || diff.kind === 'json' || (diff.kind === 'text' && (isLong(oldValue) || isLong(newValue)));
  const marks = apart ? null : diff;
  const held = decoded && !apart ? (after ?? before) : null;
  return (
    <div className={styles.root}>
      {apart ? <DiffView diff={diff} name={name} /> : null}
      {decoded ? (
        <span
          className={styles.note}
        >{`Recorded in Base64; ${apart ? 'compared as the text that it holds.' : 'the text that it holds:'}`}</span>
      ) : null}
      {held !== null ? <LongText text={held} name={`Text of ${name}`} /> : null}
      <dl className={styles.values}>
        <Value label={labels.new} name={name} value={newValue} names={names} sign="+" pieces={piecesOf(marks, 'removed')} />
        <Value label={labels.old} name={name} value={oldValue} names={names} sign="-" pieces={piecesOf(marks, 'added')} />
      </dl>
      {aside}
    </div>
  );
}
/** The texts of both values, where they hold them in Base64; what is missing stays missing. */
function decodedOf(name: string, oldValue: string | null, newValue: string | null): [string | null, string | null] | null {
  const texts = [oldValue, newValue].map((value) => (recordedValue(value).is === 'text' ? textOfBase64(name, value) : value));
  const held = [oldValue, newValue].every((value, n) => recordedValue(value).is !== 'text' || texts[n] !== null);
  const any = [oldValue, newValue].some((value) => recordedValue(value).is === 'text');
  return held && any ? [texts[0]!, texts[1]!] : null;
}
const portal = { new: 'New Value', old: 'Old Value' };
const isLong = (value: string | null): boolean => value !== null && (value.length > SHORT || value.includes('\n'));
const piecesOf = (diff: ValueDiff | null, without: Piece['is']): readonly Piece[] | null =>
  diff?.kind === 'text' ? diff.pieces.filter((p) => p.is !== without) : null;

interface ValueProps {
  label: string;
  name: string;
  value: string | null;
  names: Names;
  sign: '+' | '-';
  pieces: readonly Piece[] | null;
}
function Value({ label, name, value, names, sign, pieces }: ValueProps) {
  const styles = useStyles();
  const recorded = recordedValue(value);
  const meaning = recorded.is === 'text' ? meaningOf(value, names) : null;
  return (
    <div className={styles.row}>
      <dt className={styles.label}>{label}</dt>
      <dd className={styles.value}>
        <div className={styles.text}>
          {pieces ? (
            <span className={styles.plain}>
              {pieces.map((piece, index) =>
                piece.is === 'same' ? (
                  <PlainText key={index} text={piece.text} />
                ) : sign === '+' ? (
                  <Added key={index} text={piece.text} />
                ) : (
                  <Removed key={index} text={piece.text} />
                ),
              )}
            </span>
          ) : (
            <Recorded value={value} name={`${label} of ${name}`} />
          )}
          {meaning ? <MeaningOf text={meaning.text} source={meaning.source} /> : null}
        </div>
        {recorded.is === 'text' ? <CopyButton value={recorded.text} label={`Copy ${label} of ${name}`} className={styles.copy} /> : null}
      </dd>
    </div>
  );
}

/** A value as it is recorded; what is missing in words. */
export function Recorded({ value, name }: { value: string | null; name: string }) {
  const styles = useStyles();
  const recorded = recordedValue(value);
  if (recorded.is === 'text') return <LongText text={recorded.text} name={name} />;
  const words = {
    'not-recorded': 'Not recorded by Microsoft',
    none: 'No value (recorded as <null>)',
    empty: 'Empty text',
  }[recorded.is];
  return <span className={styles.missing}>{words}</span>;
}

/** What an id or value means, and where that is known from. */
export function MeaningOf({ text, source }: { text: string; source: string | null }) {
  const styles = useStyles();
  return (
    <span className={styles.meaning}>
      <span aria-hidden>= </span>
      <PlainText text={text} />
      {source ? (
        <>
          {' '}
          <a href={source} target="_blank" rel="noreferrer" className={styles.source} aria-label={`Source of “${text}”`}>
            source
          </a>
        </>
      ) : null}
    </span>
  );
}

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: tokens.spacingVerticalXS, minWidth: 0 },
  values: { margin: 0, minWidth: 0 },
  row: {
    display: 'grid',
    gridTemplateColumns: '80px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalS,
    alignItems: 'start',
    minHeight: '24px',
  },
  label: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, lineHeight: '24px' },
  value: {
    margin: 0,
    display: 'flex',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    columnGap: tokens.spacingHorizontalXS,
    minWidth: 0,
  },
  text: { display: 'flex', flexDirection: 'column', minWidth: 0, flexGrow: 1, paddingTop: '2px' },
  plain: { overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
  copy: { flexShrink: 0, minWidth: '24px', padding: 0, color: tokens.colorNeutralForeground3 },
  note: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  missing: { color: tokens.colorNeutralForeground2, fontStyle: 'italic' },
  meaning: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
  source: { color: tokens.colorBrandForegroundLink },
});
