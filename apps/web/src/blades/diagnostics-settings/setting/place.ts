/** Where a batch is, as a person looks for it: the lines of its place, each with its name. */
export function placeLines(place: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(place).flatMap(([name, value]) => {
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
