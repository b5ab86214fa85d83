import {
  diffProperties,
  diffValues,
  jsonChanges,
  meaningOf,
  Meter,
  printJson,
  printPath,
  recordedValue,
  textOfBase64,
  type ModifiedProperty,
  type Names,
  type Piece,
  type PropertyChange,
  type ReadProperty,
  type ValueDiff,
} from '@weir/contract';
import { html } from './inert.ts';

/** Longer values are cut in the report: it is for reading. They stand in the records whole. */
const MAX_SHOWN = 4_000;
/** Values up to this length stand beside each other; of longer ones, and of those with several lines, only what changed is shown. */
const SHORT = 300;
/** Steps of comparison for one record: some milliseconds. */
const STEPS = 400_000;
/** Characters of an unchanged stretch that stay on each side of a change, characters of one change, and changes of one value. */
const CONTEXT = 160;
const CHANGED = 1_200;
const CHANGES = 60;

/** A text as `write` makes HTML of it, cut where it is too long to be read. */
export const cut = (value: string, write: (text: string) => string = html, most = MAX_SHOWN): string => {
  if (value.length <= most) return write(value);
  const more = (value.length - most).toLocaleString('en-US');
  return `${write(value.slice(0, most).toWellFormed())} <span class="cut">… ${more} more characters; the record has them all</span>`;
};
/** What a value means in words, below it; nothing where nothing is known of it. */
export const means = (value: string | null, names: Names): string => {
  const meaning = meaningOf(value, names);
  return meaning && meaning.kind !== 'none' ? `<span class="means">${cut(meaning.text)}</span>` : '';
};

const notes: Record<PropertyChange, string> = {
  changed: '',
  set: '',
  removed: '',
  unchanged: 'unchanged',
  unrecorded: 'no values recorded',
};
/** The modified properties of one target: new before old, as the portal has them, and what changed within them marked. */
export function modifiedProperties(properties: readonly ModifiedProperty[], names: Names): string {
  const meter = new Meter(STEPS);
  const lines = diffProperties(properties).flatMap((group) => [
    ...(group.title === null ? [] : [`<tr class="item"><td colspan="3">${cut(group.title)}</td></tr>`]),
    ...group.properties.map((p) => line(p, names, meter)),
  ]);
  return `<table class="values"><thead><tr><th scope="col">Modified property</th><th scope="col">New Value</th><th scope="col">Old Value</th></tr></thead><tbody>${lines.join('')}</tbody></table>`;
}

function line(property: ReadProperty, names: Names, meter: Meter): string {
  const { name, label, newValue, oldValue, change, technical } = property;
  const note = technical ? 'version of the API that was used' : notes[change];
  const head = `<td>${cut(label ?? name)}${note && ` <span class="note">(${note})</span>`}</td>`;
  const decoded = decodedOf(name, newValue, oldValue);
  const [after, before] = decoded ?? [newValue, oldValue];
  const diff = diffValues(before, after, meter);
  const apart = diff.kind === 'json' || (diff.kind === 'text' && (isLong(before) || isLong(after)));
  if (apart) {
    const about = [
      'What changed',
      ...(decoded ? ['recorded in Base64, compared as the text that it holds'] : []),
      `new value ${after!.length.toLocaleString('en-US')} characters, old value ${before!.length.toLocaleString('en-US')}`,
    ].join('; ');
    return `<tr class="long">${head}<td colspan="2"><span class="means">${about}</span>${diff.kind === 'json' ? jsonOf(diff) : textOf(diff)}</td></tr>`;
  }
  const side = (value: string | null, text: string | null, without: Piece['is'], tag: string): string =>
    diff.kind === 'text'
      ? diff.pieces.map((p) => (p.is === without ? '' : p.is === 'same' ? html(p.text) : `<${tag}>${html(p.text)}</${tag}>`)).join('')
      : recorded(value, text);
  const long = isLong(after) || isLong(before) ? ' class="long"' : '';
  return `<tr${long}>${head}<td>${side(newValue, after, 'removed', 'ins')}${means(newValue, names)}</td><td>${side(oldValue, before, 'added', 'del')}${means(oldValue, names)}</td></tr>`;
}
const isLong = (value: string | null): boolean => value !== null && (value.length > SHORT || value.includes('\n'));
const missing = { 'not-recorded': 'Not recorded by Microsoft', none: 'No value (recorded as &lt;null&gt;)', empty: 'Empty text' };
function recorded(value: string | null, text: string | null): string {
  const { is } = recordedValue(value);
  if (is !== 'text') return `<span class="none">${missing[is]}</span>`;
  return value === text
    ? cut(value!, html, CHANGED)
    : `<span class="means">Recorded in Base64; the text that it holds:</span>${cut(text!, html, CHANGED)}`;
}
/** The texts of both values, where they hold them in Base64; what is missing stays missing. */
function decodedOf(name: string, newValue: string | null, oldValue: string | null): [string | null, string | null] | null {
  const isText = (value: string | null): boolean => recordedValue(value).is === 'text';
  const [after, before] = [newValue, oldValue].map((value) => (isText(value) ? textOfBase64(name, value) : value));
  const held = (!isText(newValue) || after !== null) && (!isText(oldValue) || before !== null);
  return held && (isText(newValue) || isText(oldValue)) ? [after!, before!] : null;
}

/** A text with its changes in place; what is the same between them is folded. */
function textOf({ pieces }: Extract<ValueDiff, { kind: 'text' }>): string {
  const parts = pieces.slice(0, CHANGES * 2).map((piece, n) => {
    if (piece.is !== 'same') {
      const tag = piece.is === 'added' ? 'ins' : 'del';
      return `<${tag}>${cut(piece.text, html, CHANGED)}</${tag}>`;
    }
    const head = n === 0 ? '' : untilLine(piece.text.slice(0, CONTEXT));
    const tail = n === pieces.length - 1 ? '' : fromLine(piece.text.slice(-CONTEXT));
    const hidden = piece.text.length - head.length - tail.length;
    if (hidden < CONTEXT) return html(piece.text);
    const folded = piece.text.slice(head.length, piece.text.length - tail.length).split('\n').length - 1;
    const words = folded > 1 ? `${folded.toLocaleString('en-US')} lines` : `${hidden.toLocaleString('en-US')} characters`;
    return `${html(head.toWellFormed())}<span class="cut">… ${words} unchanged …</span>${head || tail ? '\n' : ''}${html(tail.toWellFormed())}`;
  });
  return `<div class="text">${parts.join('')}${left(Math.ceil((pieces.length - parts.length) / 2))}</div>`;
}
/** Whole lines, where the stretch has an end of one. */
const untilLine = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1) || text;
const fromLine = (text: string): string => text.slice(text.indexOf('\n') + 1) || text;

/** JSON: each place that changed, and how. */
function jsonOf({ node }: Extract<ValueDiff, { kind: 'json' }>): string {
  if (node.is === 'same') return '<p class="none">The same JSON, written another way.</p>';
  const all = jsonChanges(node);
  const lines = all.slice(0, CHANGES).map(({ path, old, new: now }) => {
    const [before, after] = [old, now].map((value) => (value ? cut(printJson(value), html, CHANGED) : null));
    return `<li>${cut(printPath(path))}: ${before === null ? '' : `<del>${before}</del>`}${before !== null && after !== null ? ' → ' : ''}${after === null ? '' : `<ins>${after}</ins>`}</li>`;
  });
  return `<ul>${lines.join('')}</ul>${left(all.length - lines.length)}`;
}
const left = (changes: number): string =>
  changes > 0 ? `<p class="cut">… ${changes.toLocaleString('en-US')} more changes; the record has them all</p>` : '';
