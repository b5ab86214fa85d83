import { toGraphRequest, toKql } from '@weir/contract/dialects';
import type { Filter } from './api.ts';

export type CopyForm = 'link' | 'fixed' | 'graph' | 'kql' | 'curl';
const inShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The view as a text of this form; null when the form cannot say what is searched for. `link` is the address of the view. */
export function viewText(form: CopyForm, filter: Filter, link: string, now = Date.now()): string | null {
  const { origin } = new URL(link);
  switch (form) {
    case 'link':
      return link;
    case 'fixed': {
      // "The last 7 days" would be others for whoever opens it next week.
      const fixed = new URL(link);
      fixed.searchParams.set('range', 'custom');
      if (filter.from) fixed.searchParams.set('from', filter.from);
      fixed.searchParams.set('to', filter.to ?? new Date(now).toISOString());
      fixed.searchParams.delete('live');
      return fixed.href;
    }
    case 'graph': {
      const request = toGraphRequest(filter);
      return request && `${origin}/graph${request}`;
    }
    case 'kql':
      return toKql(filter);
    case 'curl': {
      const data = Object.entries(filter).map(([name, value]) => `  --data-urlencode ${inShell(`${name}=${value}`)}`);
      return [`curl --get ${inShell(`${origin}/api/audit-logs`)} -H "Authorization: Bearer $TOKEN"`, ...data].join(' \\\n');
    }
  }
}
