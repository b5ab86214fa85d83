import { createHash } from 'node:crypto';
import { meaningOf, namesIn, sentenceOf, type AuditDetails, type Names } from '@weir/contract';
import type { KnownDelivery, Whereabouts } from '../../ports.ts';
import { html } from './inert.ts';
import { cut, means, modifiedProperties } from './report-values.ts';

const style = `
:root { color-scheme: light dark; font: 14px/1.45 'Segoe UI', system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; line-height: 1.35; margin: 0 0 .25rem; }
h3 { font-size: .95rem; margin: .9rem 0 .25rem; }
article { border-top: 1px solid #8888; padding: 1rem 0; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: start; vertical-align: top; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; font-weight: normal; }
th { width: 12rem; } thead th { font-weight: 600; width: auto; }
h1, h2, h3, p, li { overflow-wrap: anywhere; unicode-bidi: isolate; }
nav ol { padding-inline-start: 3.5em; } nav li { padding: .1rem 0; } nav .meta { white-space: nowrap; } a { color: inherit; }
.values { margin-top: .5rem; } .values th:first-child { width: 30%; }
.item td { font-weight: 600; border: 0; padding-top: .5rem; }
.meta, .means, .note { opacity: .85; } .note { font-size: .9em; } .means { display: block; font-size: .9em; }
ins, del { text-decoration-thickness: 2px; } ins { font-weight: 600; }
.text { white-space: pre-wrap; } .values ul { margin: .2rem 0; padding-inline-start: 1.2em; } .values li { white-space: normal; }
.hidden { border: 1px solid currentColor; border-radius: 3px; font: .75em monospace; padding: 0 .2em; }
.none, .cut { font-style: italic; opacity: .85; }
code { font-size: .85em; overflow-wrap: anywhere; }
@media (max-width: 30rem) { th { width: 7.5rem; } nav ol { padding-inline-start: 2em; } }
@media print {
  :root { font-size: 10pt; color-scheme: light; }
  body { max-width: none; margin: 0; padding: 0; }
  h1, h2, h3, .meta, thead, .item { break-after: avoid; break-inside: avoid; }
  thead { display: table-header-group; }
  tr, li { break-inside: avoid; } tr.long { break-inside: auto; }
  p { orphans: 3; widows: 3; }
  nav a { text-decoration: none; }
  .facts { break-inside: avoid; }
  .meta, .means, .note, .none, .cut { opacity: 1; }
  @page { margin: 15mm; @bottom-left { content: 'Evidence pack'; font-size: 8pt; } @bottom-right { content: counter(page) ' / ' counter(pages); font-size: 8pt; } }
}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const shown = (value: string | null): string => (value === null ? '<span class="none">not recorded</span>' : cut(value));
/** A label, its value, and what is to stand below it as it is. */
type Fact = readonly [name: string, value: string | null, below?: string];
const rows = (facts: readonly Fact[]): string =>
  `<table class="facts"><tbody>${facts
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value, below]) => `<tr><th scope="row">${html(name)}</th><td>${shown(value)}${below ?? ''}</td></tr>`)
    .join('')}</tbody></table>`;
/** `2026-11-21 04:37:11.123 UTC` */
const utc = (time: string): string => `${time.slice(0, 23).replace('T', ' ').replace(/Z$/, '')} UTC`;
/** What its id means; nothing where that is only the name that stands above it. */
const nameless = ({ objectId, name }: AuditDetails['targets'][number], names: Names): string =>
  meaningOf(objectId, names)?.text === name ? '' : means(objectId, names);

/** The page up to the first record. No script, and a policy that lets none run; nothing is loaded from anywhere. */
export const reportHead = (title: string, about: readonly Fact[]): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${html(title)}</title><style>${style}</style></head>
<body><main><h1>${html(title)}</h1>
${rows(about)}
<p>All times are UTC. Signs that cannot be seen, such as those that turn the direction of text, are shown by their number. What a record does not say is left out.</p>
`;
export const reportTail = '</main></body></html>\n';

/** What a record says in one sentence; the name of its activity where no rule fits. */
const headline = (d: AuditDetails): string => sentenceOf(d) ?? d.activity.name ?? 'A record without an activity';

/** The list of what is in the report, between these two: a line for each record, leading to it. */
export const contentsHead = '<nav aria-label="Records"><h2>Records</h2><ol>\n';
export const contentsTail = '</ol></nav>\n';
export const contentsLine = (n: number, time: string, details: AuditDetails): string =>
  `<li><span class="meta">${html(utc(time).replace(/\.\d+/, ''))}</span> <a href="#r${n}">${cut(headline(details))}</a></li>\n`;

export interface ReportRecord {
  readonly n: number;
  readonly time: string;
  readonly details: AuditDetails;
  readonly whereabouts: readonly Whereabouts[];
  readonly digest: string;
}
/** One record, in the words and order of the details pane. */
export function reportRecord(record: ReportRecord, deliveries: ReadonlyMap<string, KnownDelivery>): string {
  const { n, time, details: d, whereabouts, digest } = record;
  const names = namesIn(d);
  const targets = d.targets.map(
    (t, i) => `<h3>${d.targets.length > 1 ? `Target ${i + 1} of ${d.targets.length}` : 'Target(s)'}</h3>
${rows([
  ['Type', t.type],
  ['Name', t.name],
  ['ObjectID', t.objectId, nameless(t, names)],
])}${t.modifiedProperties.length === 0 ? '' : modifiedProperties(t.modifiedProperties, names)}`,
  );
  const { name } = d.activity;
  const title = headline(d);
  const status = d.status.status ?? '';
  return `<article id="r${n}"><h2>${n}. ${cut(title)}</h2>
<p class="meta">${[html(utc(time)), ...(name !== null && name !== title ? [cut(name)] : []), ...(status === '' ? [] : [cut(status)])].join(' · ')}</p>
${rows([
  ['Id', d.id],
  ['CorrelationID', d.activity.correlationId],
  ['Category', d.activity.category],
  ['Component', d.activity.component],
  ['Operation Type', d.status.operationType],
  ['Actor type', d.actor.type],
  ['Actor', d.actor.upn],
  ['Actor ObjectID', d.actor.objectId],
  ['Application', d.actor.application],
  ['ApplicationID', d.actor.applicationId],
  ['Permissions', d.actor.permissions.join(', ') === '*' ? '* (all)' : d.actor.permissions.join(', ')],
])}
${targets.join('\n')}
<h3>Delivered to, as far as known</h3>
${
  whereabouts.length === 0
    ? '<p class="none">Nowhere: no setting sent records of this time, or its history is gone.</p>'
    : rows(
        whereabouts.map((w) => [
          nameOf(deliveries.get(w.delivery)),
          `${states[w.state]}${w.at ? ` ${utc(w.at)}` : ''}${w.replay ? `, ${askedFor(w.replay)}` : ''}`,
          place(w.place),
        ]),
      )
}
<p class="meta">SHA-256 of the resource-log record: <code>${digest}</code></p></article>
`;
}
const states: Record<Whereabouts['state'], string> = {
  delivered: 'Delivered',
  quarantined: 'Quarantined',
  waiting: 'Waiting',
  filtered: 'Left out by the filter of the setting',
};
const askedFor = ({ kind, by, at }: NonNullable<Whereabouts['replay']>): string =>
  `${kind === 'replay' ? 'replayed' : 'resent from quarantine'}: asked for by ${by} on ${utc(at)}`;
const nameOf = (delivery: KnownDelivery | undefined): string =>
  delivery ? `${delivery.setting} (${delivery.type}${delivery.endedAt ? ', ended' : ''})` : 'a delivery';
/** Where it lies, in the destination's own terms: `container insights-logs-auditlogs, blob …, offset 12`. */
function place(where: unknown): string {
  if (typeof where !== 'object' || where === null) return '';
  const parts = Object.entries(where).flatMap(([key, value]) =>
    key === 'kind' || value === null || value === '' ? [] : `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return parts.length === 0 ? '' : `<span class="means">${cut(parts.join(', '))}</span>`;
}
