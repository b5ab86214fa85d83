import { visibleText, type TimelineItem } from '@weir/contract';
import { Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useRef, useState, type KeyboardEvent } from 'react';
import { MarkLabel } from '../../../components/mark.tsx';
import { RouterLink } from '../../../components/router-link.tsx';
import { Time } from '../../../components/time.tsx';
import { openRecord } from '../open-record.ts';
import type { Entry } from './entries.ts';
import { GapNotice } from './gap.tsx';

interface Props {
  entries: readonly Entry[];
  /** Points that are compared: A, the older, and B. */
  compared: readonly string[];
  picked: readonly string[];
  onPick: (point: string) => void;
}
const SHOWN = 3;

/** The points of a timeline. One tab stop: the arrow keys walk the points, Space picks one. */
export function Points({ entries, compared, picked, onPick }: Props) {
  const styles = useStyles();
  const list = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState('now');
  const ids = ['now', ...entries.flatMap((e) => (e.kind === 'point' ? e.item.id : []))];
  const stop = ids.includes(current) ? current : 'now';
  const walk = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = ids.indexOf((event.target as HTMLElement).closest<HTMLElement>('[data-point]')?.dataset['point'] ?? '');
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const id = ids[Math.min(Math.max(next, 0), ids.length - 1)]!;
    setCurrent(id);
    list.current?.querySelector<HTMLElement>(`[data-point="${CSS.escape(id)}"] button`)?.focus();
  };
  const row = (id: string, name: string, content: React.ReactNode) => (
    <li key={id} data-point={id} className={mergeClasses(styles.row, compared.includes(id) && styles.compared)}>
      <button
        type="button"
        aria-pressed={picked.includes(id)}
        aria-label={`Compare: ${name}`}
        tabIndex={stop === id ? 0 : -1}
        className={styles.pick}
        onClick={() => onPick(id)}
        onFocus={() => setCurrent(id)}
        onKeyDown={walk}
      >
        {compared.includes(id) ? (compared.indexOf(id) === 0 ? 'A' : 'B') : ''}
      </button>
      <div className={styles.content}>{content}</div>
    </li>
  );
  return (
    <div ref={list} role="group" aria-label="Points, newest first">
      <ol className={styles.list}>{row('now', 'now', <Text weight="semibold">Now</Text>)}</ol>
      {sections(entries).map((section, index) => (
        <div key={index}>
          {section.gap ? <GapNotice gaps={section.gap} /> : null}
          {section.day === null ? null : (
            <>
              <Text as="h3" size={300} weight="semibold" className={styles.day}>
                {section.day}
              </Text>
              <ol className={styles.list} aria-label={section.day}>
                {section.items.map((item) =>
                  row(
                    item.id,
                    `${visibleText(item.activity ?? 'Record')}, ${item.time}`,
                    <Point item={item} focusable={stop === item.id} onKeyDown={walk} />,
                  ),
                )}
              </ol>
            </>
          )}
        </div>
      ))}
    </div>
  );
}

interface Section {
  gap: Extract<Entry, { kind: 'gap' }>['gaps'] | null;
  day: string | null;
  items: TimelineItem[];
}
function sections(entries: readonly Entry[]): Section[] {
  const found: Section[] = [];
  for (const entry of entries) {
    if (entry.kind === 'gap') found.push({ gap: entry.gaps, day: null, items: [] });
    else if (entry.kind === 'day') found.push({ gap: null, day: entry.day, items: [] });
    else found.at(-1)!.items.push(entry.item);
  }
  return found;
}

function Point({ item, focusable, onKeyDown }: { item: TimelineItem; focusable: boolean; onKeyDown: (event: KeyboardEvent) => void }) {
  const styles = useStyles();
  const properties = item.changes.flatMap((c) => c.properties).filter((p) => p.name !== 'DeviceManagementAPIVersion');
  const more = properties.length - SHOWN + item.changes.reduce((sum, c) => sum + c.left, 0);
  return (
    <>
      <div className={styles.line}>
        <RouterLink
          to="/tenant-administration/audit-logs"
          search={openRecord(item.id, item.time)}
          onKeyDown={onKeyDown}
          tabIndex={focusable ? 0 : -1}
        >
          {visibleText(item.activity ?? 'Record')}
        </RouterLink>
        {item.result !== null && item.result.toLowerCase() !== 'success' ? <span className={styles.failed}>{item.result}</span> : null}
      </div>
      <div className={styles.quiet}>
        <Time value={item.time} /> · {visibleText(item.actor ?? item.application ?? 'actor not recorded')}
      </div>
      {item.relation === 'itself' ? null : (
        <div className={styles.quiet}>{item.relation === 'part' ? 'Changes an assignment or another part of it' : 'Only names it'}</div>
      )}
      {properties.length > 0 ? (
        <ul className={styles.changes}>
          {properties.slice(0, SHOWN).map((p, n) => (
            <li key={n}>
              {visibleText(p.name)}: {p.oldValue === null ? '' : `${short(p.oldValue)} → `}
              {p.newValue === null ? 'new value not recorded' : short(p.newValue)}
            </li>
          ))}
          {more > 0 ? <li className={styles.quiet}>and {more} more</li> : null}
        </ul>
      ) : null}
      <div className={styles.line}>
        <MarkLabel mark={item.mark} /> <span className={styles.quiet}>{item.reason}</span>
      </div>
    </>
  );
}
const short = (value: string): string =>
  value === '' ? '(empty)' : visibleText(value.length > 60 ? `${value.slice(0, 59).toWellFormed()}…` : value);
const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  day: { display: 'block', margin: `${tokens.spacingVerticalM} 0 ${tokens.spacingVerticalXS}` },
  row: {
    display: 'grid',
    gridTemplateColumns: '32px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalS,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXS}`,
    borderLeft: '3px solid transparent',
    '@media (forced-colors: active)': { borderLeftColor: 'Canvas' },
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  compared: {
    backgroundColor: tokens.colorNeutralBackground2,
    borderLeftColor: tokens.colorCompoundBrandStroke,
    '@media (forced-colors: active)': { borderLeftColor: 'Highlight' },
  },
  pick: {
    width: '28px',
    height: '28px',
    borderRadius: '50%',
    border: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    fontFamily: tokens.fontFamilyBase,
    fontWeight: tokens.fontWeightSemibold,
    cursor: 'pointer',
    padding: 0,
    '&[aria-pressed="true"]': {
      backgroundColor: tokens.colorCompoundBrandBackground,
      color: tokens.colorNeutralForegroundOnBrand,
      '@media (forced-colors: active)': { forcedColorAdjust: 'none', backgroundColor: 'Highlight', color: 'HighlightText' },
    },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  content: { minWidth: 0, overflowWrap: 'anywhere', display: 'grid', rowGap: '2px' },
  line: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS, alignItems: 'center' },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  failed: { color: tokens.colorStatusDangerForeground3, fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200 },
  changes: { margin: 0, paddingInlineStart: tokens.spacingHorizontalL, fontSize: tokens.fontSizeBase200 },
});
