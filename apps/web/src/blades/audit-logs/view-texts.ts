import { toGraphRequest, toKql } from '@weir/contract/dialects';
import type { Filter } from './api.ts';

export type CopyForm = 'link' | 'graph' | 'kql' | 'curl';
const inShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The view as a text of this form; null when the form cannot say what is searched for. `link` is the address of the view. */
export function viewText(form: CopyForm, filter: Filter, link: string): string | null {
  const { origin } = new URL(link);
  switch (form) {
    case 'link':
      return link;
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
