import { createHash } from 'node:crypto';
import type { AuditDetails } from '@weir/contract';
import type { KnownDelivery, Whereabouts } from '../../ports.ts';
import { html } from './inert.ts';

/** Longer values are cut in the report: it is for reading. They stand in the records whole. */
const MAX_SHOWN = 4_000;

const style = `
:root { color-scheme: light dark; font: 14px/1.45 'Segoe UI', system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 0 0 .25rem; }
h3 { font-size: .95rem; margin: .75rem 0 .25rem; }
article { border-top: 1px solid #8888; padding: 1rem 0; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: start; vertical-align: top; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; font-weight: normal; }
th { width: 30%; } thead th { font-weight: 600; width: auto; }
h1, h2, h3, p { overflow-wrap: anywhere; unicode-bidi: isolate; }
.hidden { border: 1px solid currentColor; border-radius: 3px; font: .75em monospace; padding: 0 .2em; }
.none, .cut { font-style: italic; opacity: .8; }
@media print {
  :root { font-size: 10pt; color-scheme: light; }
  body { max-width: none; margin: 0; padding: 0; }
  h2, h3, thead { break-after: avoid; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  @page { margin: 15mm; @bottom-right { content: counter(page) ' / ' counter(pages); } }
}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const shown = (value: string | null): string => {
  if (value === null) return '<span class="none">not recorded</span>';
  if (value.length <= MAX_SHOWN) return html(value);
  const more = (value.length - MAX_SHOWN).toLocaleString('en-US');
  return `${html(value.slice(0, MAX_SHOWN).toWellFormed())} <span class="cut">… ${more} more characters; the record has them all</span>`;
};
const rows = (pairs: readonly (readonly [string, string | null])[]): string =>
  `<table><tbody>${pairs
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `<tr><th scope="row">${html(name)}</th><td>${shown(value)}</td></tr>`)
    .join('')}</tbody></table>`;
/** `2026-11-21 04:37:11.123 UTC` */
const utc = (time: string): string => `${time.slice(0, 23).replace('T', ' ').replace(/Z$/, '')} UTC`;

/** The page up to the first record. No script, and a policy that lets none run; nothing is loaded from anywhere. */
export const reportHead = (title: string, about: readonly (readonly [string, string | null])[]): string =>
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

export interface ReportRecord {
  readonly n: number;
  readonly time: string;
  readonly details: AuditDetails;
  readonly whereabouts: readonly Whereabouts[];
  readonly digest: string;
}
/** One record, as the details pane shows it. */
export function reportRecord(record: ReportRecord, deliveries: ReadonlyMap<string, KnownDelivery>): string {
  const { n, time, details: d, whereabouts, digest } = record;
  const targets = d.targets.map(
    (t, i) => `<h3>${d.targets.length > 1 ? `Target ${i + 1}` : 'Target(s)'}</h3>
${rows([
  ['Name', t.name],
  ['Type', t.type],
  ['ObjectId', t.objectId],
])}${
      t.modifiedProperties.length === 0
        ? ''
        : `<table><thead><tr><th scope="col">Modified property</th><th scope="col">Old value</th><th scope="col">New value</th></tr></thead><tbody>${t.modifiedProperties
            .map((p) => `<tr><td>${shown(p.name)}</td><td>${shown(p.oldValue)}</td><td>${shown(p.newValue)}</td></tr>`)
            .join('')}</tbody></table>`
    }`,
  );
  return `<article><h2>${n}. ${shown(d.activity.name ?? 'Activity without a name')}</h2>
<p>${html(utc(time))}, by ${shown(d.actor.upn ?? d.actor.application)}</p>
${rows([
  ['Id', d.id],
  ['CorrelationID', d.activity.correlationId],
  ['Category', d.activity.category],
  ['Component', d.activity.component],
  ['Status', d.status.status],
  ['Operation type', d.status.operationType],
  ['Actor type', d.actor.type],
  ['Actor object id', d.actor.objectId],
  ['Application', d.actor.application],
  ['Application id', d.actor.applicationId],
  ['Actor permissions', d.actor.permissions.join(', ')],
])}
${targets.join('\n')}
<h3>Delivered to, as far as known</h3>
${
  whereabouts.length === 0
    ? '<p class="none">Nowhere: no setting sent records of this time, or its history is gone.</p>'
    : rows(
        whereabouts.map((w) => [
          nameOf(deliveries.get(w.delivery)),
          `${w.state}${w.at ? ` ${utc(w.at)}` : ''}${w.place ? `, ${JSON.stringify(w.place)}` : ''}`,
        ]),
      )
}
<p>SHA-256 of the resource-log record: ${digest}</p></article>
`;
}
const nameOf = (delivery: KnownDelivery | undefined): string =>
  delivery ? `${delivery.setting} (${delivery.type}${delivery.endedAt ? ', ended' : ''})` : 'a delivery';
