import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { Piece, ValueDiff } from '@weir/contract';
import { useMemo, useState } from 'react';
import { formatNumber } from '../lib/format.ts';
import { Added, Removed } from './diff-marks.tsx';
import { jsonLines, type DiffLine } from './diff-lines.ts';
import { PlainText } from './plain-text.tsx';

/** Lines, or pieces, that are shown at first. */
const LINES = 120;
const PIECES = 80;
/** Characters of an unchanged stretch that stay on each side of a change. */
const CONTEXT = 160;
/** Characters that are shown of one changed piece at first. */
const CHANGED = 1_200;

/** A comparison of two long values: a text with its changes in place, or JSON line by line. What is the same is folded. */
export function DiffView({ diff, name }: { diff: ValueDiff; name: string }) {
  const styles = useStyles();
  if (diff.kind !== 'text' && diff.kind !== 'json') return null;
  return (
    <div className={styles.box} role="group" aria-label={`What changed in ${name}`}>
      {diff.kind === 'text' ? <TextView pieces={diff.pieces} unit={diff.unit} /> : <JsonView diff={diff} />}
    </div>
  );
}

function TextView({ pieces, unit }: { pieces: readonly Piece[]; unit: 'words' | 'lines' | 'whole' }) {
  const styles = useStyles();
  const [shown, setShown] = useState(PIECES);
  return (
    <>
      <div className={styles.text}>
        {pieces.slice(0, shown).map((piece, index) => (
          <PieceView key={index} piece={piece} first={index === 0} last={index === pieces.length - 1} />
        ))}
      </div>
      {pieces.length > shown ? (
        <More
          onClick={() => setShown(shown * 4)}
        >{`Show more changes (${formatNumber(Math.ceil((pieces.length - shown) / 2))} left)`}</More>
      ) : null}
      {unit === 'words' ? null : (
        <span className={styles.quiet}>
          {unit === 'lines'
            ? 'Some lines differ too much to be compared word by word.'
            : 'The two values have too little in common to be compared line by line.'}
        </span>
      )}
    </>
  );
}

function PieceView({ piece, first, last }: { piece: Piece; first: boolean; last: boolean }) {
  const styles = useStyles();
  const [all, setAll] = useState(false);
  const { text } = piece;
  if (piece.is !== 'same') {
    const Mark = piece.is === 'added' ? Added : Removed;
    if (all || text.length <= CHANGED * 1.25) return <Mark text={text} />;
    return (
      <>
        <Mark text={`${text.slice(0, CHANGED)} …`} />
        <More onClick={() => setAll(true)}>{`Show all ${formatNumber(text.length)} characters that were ${piece.is}`}</More>
      </>
    );
  }
  const head = first ? '' : untilLine(text.slice(0, CONTEXT));
  const tail = last ? '' : fromLine(text.slice(-CONTEXT));
  const hidden = text.length - head.length - tail.length;
  if (all || hidden < CONTEXT) return <PlainText text={text} />;
  const lines = text.slice(head.length, text.length - tail.length).split('\n').length - 1;
  return (
    <>
      {head ? <PlainText text={head} /> : null}
      <button type="button" className={styles.fold} onClick={() => setAll(true)}>
        {`… ${lines > 1 ? `${formatNumber(lines)} lines` : `${formatNumber(hidden)} characters`} unchanged …`}
      </button>
      {tail ? <PlainText text={tail} /> : null}
    </>
  );
}
/** Whole lines, where the stretch has an end of one. */
const untilLine = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1) || text;
const fromLine = (text: string): string => text.slice(text.indexOf('\n') + 1) || text;

function JsonView({ diff }: { diff: Extract<ValueDiff, { kind: 'json' }> }) {
  const styles = useStyles();
  const [shown, setShown] = useState(LINES);
  const lines = useMemo(() => jsonLines(diff.node), [diff]);
  if (diff.node.is === 'same') return <span className={styles.quiet}>The same JSON, written another way.</span>;
  return (
    <>
      <div className={styles.code}>
        {lines.slice(0, shown).map((line, index) => (
          <Line key={index} line={line} />
        ))}
      </div>
      {lines.length > shown ? (
        <More onClick={() => setShown(shown * 4)}>{`Show more lines (${formatNumber(lines.length - shown)} left)`}</More>
      ) : null}
    </>
  );
}

function Line({ line }: { line: DiffLine }) {
  const styles = useStyles();
  const indent = { paddingInlineStart: `${Math.min(line.depth, 12) * 14 + 16}px` };
  if (line.sign === 'unchanged')
    return (
      <div className={mergeClasses(styles.line, styles.quiet)} style={indent}>
        {`… ${formatNumber(line.count)} unchanged`}
      </div>
    );
  if (line.sign === ' ')
    return (
      <div className={styles.line} style={indent}>
        <PlainText text={line.text} />
      </div>
    );
  const added = line.sign === '+';
  const Whole = added ? 'ins' : 'del';
  return (
    <Whole className={mergeClasses(styles.line, added ? styles.added : styles.removed)} style={indent}>
      {line.pieces
        ? line.pieces.map((piece, index) =>
            piece.is === 'same' ? (
              <PlainText key={index} text={piece.text} />
            ) : (
              <span key={index} className={styles.word}>
                <PlainText text={piece.text} />
              </span>
            ),
          )
        : cut(line.text)}
    </Whole>
  );
}
const cut = (text: string) => <PlainText text={text.length > CHANGED * 1.25 ? `${text.slice(0, CHANGED)} …` : text} />;

function More({ onClick, children }: { onClick: () => void; children: string }) {
  const styles = useStyles();
  return (
    <Button size="small" appearance="outline" onClick={onClick} className={styles.more}>
      {children}
    </Button>
  );
}

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'stretch',
    rowGap: tokens.spacingVerticalXS,
    padding: tokens.spacingHorizontalS,
    minWidth: 0,
    backgroundColor: tokens.colorNeutralBackground2,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
  },
  text: { fontFamily: tokens.fontFamilyMonospace, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', minWidth: 0 },
  code: { fontFamily: tokens.fontFamilyMonospace, minWidth: 0 },
  line: { display: 'block', position: 'relative', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', textDecorationLine: 'none' },
  added: {
    color: tokens.colorPaletteGreenForeground1,
    backgroundColor: tokens.colorPaletteGreenBackground1,
    '::before': { content: '"+"', position: 'absolute', insetInlineStart: '3px' },
  },
  removed: {
    color: tokens.colorPaletteRedForeground1,
    backgroundColor: tokens.colorPaletteRedBackground1,
    '::before': { content: '"−"', position: 'absolute', insetInlineStart: '3px' },
  },
  word: { textDecorationLine: 'underline', fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2, fontStyle: 'italic' },
  fold: {
    display: 'block',
    width: '100%',
    margin: `${tokens.spacingVerticalXXS} 0`,
    padding: '2px',
    cursor: 'pointer',
    font: 'inherit',
    color: tokens.colorNeutralForeground2,
    backgroundColor: tokens.colorNeutralBackground4,
    border: `1px dashed ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusSmall,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  more: { alignSelf: 'flex-start' },
});
