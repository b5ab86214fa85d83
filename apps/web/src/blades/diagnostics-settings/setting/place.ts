/** Where a batch is, as a person looks for it: the lines of its place, each with its name. */
export function placeLines(place: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(place)
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .flatMap(([name, value]) => {
      if (name === 'kind' || value === null || value === undefined || value === '') return [];
      if (Array.isArray(value)) {
        const ids = value.map((part: unknown) =>
          typeof part === 'object' && part !== null && 'id' in part ? String(part.id) : String(part),
        );
        return [{ name: ids.length === 1 ? 'Message' : 'Messages', value: ids.join(', ') }];
      }
      const label = labels[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return [
        {
          name: label,
          value: name === 'offset' ? `byte ${text}` : name === 'partition' && text === 'any' ? 'dealt out by the service' : text,
        },
      ];
    });
}
const labels: Readonly<Record<string, string>> = { url: 'URL', messageId: 'Message', offset: 'Begins at' };
/** From the outside in. What is stored comes back in an order of the database's own. */
const order = ['account', 'namespace', 'endpoint', 'url', 'container', 'hub', 'index', 'rule', 'stream', 'blob', 'offset', 'partition'];
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** The innermost part that has a name, short enough for a line. */
export function placeSummary(place: Readonly<Record<string, unknown>>): string | null {
  const found = ['blob', 'hub', 'stream', 'index', 'url'].map((name) => place[name]).find((value) => typeof value === 'string');
  if (found === undefined || found.length <= 25) return found ?? null;
  const end = found.slice(-24);
  // A whole part of the path reads better than the rest of one.
  return `…${end.slice(Math.max(0, end.indexOf('/')))}`;
}
