const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,12})\d*)?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * A time in UTC with twelve digits after the second, so that times compare as texts: a Date has three, Graph writes seven.
 * A time without a zone, and a day without a time, are UTC. Null when there is no such time.
 */
export function instantOf(text: string): string | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const local = Date.parse(`${day}T${minute}:${second}Z`);
  // Date.parse takes the 31st of November for the 1st of December.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 10) !== day) return null;
  const at = Date.parse(`${day}T${minute}:${second}${zone.toUpperCase()}`);
  const utc = Number.isNaN(at) ? null : new Date(at).toISOString();
  // Four digits of a year, or the text would no longer sort as the time does.
  return utc?.length === 24 ? `${utc.slice(0, 19)}.${fraction.padEnd(12, '0')}Z` : null;
}
