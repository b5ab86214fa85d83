import { alertTitles, destinationNames, type AlertEvent, type AlertEventKind, type AlertNotification } from '@weir/contract';

export interface MailText {
  subject: string;
  text: string;
  html: string;
}
const words: Record<AlertEventKind, string> = { opened: 'Alert', changed: 'Alert changed', reminder: 'Still open', recovered: 'Recovered' };
const ends = {
  recovered: 'The cause is gone.',
  paused: 'The delivery was paused.',
  removed: 'The destination was taken out of the setting.',
};
const MAX_SUBJECT = 150;

/** What a mail says: the same facts as the webhook's body. Follows from the notification alone. */
export function mailText(notification: AlertNotification): MailText {
  const { events, directory, link } = notification;
  const parts = events.length === 0 ? [test] : events.map(partOf);
  const footer = `Directory: ${directory}. Alerts: ${link}`;
  return {
    subject: oneLine(`[Weir] ${subjectOf(notification)}`).slice(0, MAX_SUBJECT),
    text: [...parts.map((p) => [p.title, ...p.lines.map(([name, value]) => `${name}: ${value}`)].join('\n')), footer].join('\n\n'),
    html: `<!doctype html><html lang="en"><body style="font-family:Segoe UI,Arial,sans-serif;font-size:14px">${parts
      .map(
        (p) =>
          `<h2 style="font-size:16px">${escape(p.title)}</h2><table>${p.lines.map(([name, value]) => `<tr><th align="left" valign="top" style="padding-right:12px">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>`,
      )
      .join('')}<p>Directory: ${escape(directory)}. <a href="${escape(link)}">Alerts</a></p></body></html>`,
  };
}

interface Part {
  title: string;
  lines: [name: string, value: string][];
}
const test: Part = { title: 'This is a test', lines: [['Result', 'Alerts about delivery arrive here.']] };

/** `Siem to Webhook: Misconfigured`, or `AuditLogs: No records`. */
const about = ({ alert: { setting, destination, cause, categories } }: AlertEvent): string =>
  `${setting === null ? categories.join(', ') : `${setting} to ${destination === null ? '' : destinationNames[destination]}`}: ${alertTitles[cause]}`;

function partOf(event: AlertEvent): Part {
  const { alert } = event;
  const lines: Part['lines'] = [['Categories', alert.categories.join(', ')]];
  if (event.event === 'recovered') lines.push(['Result', ends[alert.resolution ?? 'recovered']], ['Cause was', alert.reason]);
  else lines.push(['Cause', alert.reason], ['What to do', alert.remedy]);
  lines.push(['Since', minute(alert.since)]);
  if (alert.recoveredAt) lines.push(['Until', minute(alert.recoveredAt)]);
  return { title: `${words[event.event]}: ${about(event)}`, lines };
}

function subjectOf({ events, directory }: AlertNotification): string {
  if (events.length === 0) return `Test of the alerts of ${directory}`;
  if (events.length === 1) return `${words[events[0]!.event]}: ${about(events[0]!)}`;
  const counts = (['opened', 'changed', 'reminder', 'recovered'] as const).flatMap((kind) => {
    const n = events.filter((e) => e.event === kind).length;
    return n === 0 ? [] : [`${n} ${kind === 'reminder' ? 'still open' : kind}`];
  });
  return `Alerts of ${directory}: ${counts.join(', ')}`;
}

const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
/** Names come from people and services: none of them may begin another header. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
