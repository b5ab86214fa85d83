/** How many fields an index may have: `index.mapping.total_fields.limit`. */
const MAX_FIELDS = 1_000;
type Kind = 'object' | 'text' | 'long' | 'float' | 'boolean';
const kindOf = (value: unknown): Kind | null => {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'float';
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'object' : null;
};

/**
 * Dynamic mappings: a field keeps the type of its first value, and a document that does not fit is refused. Numbers and texts
 * give way to each other as in Elasticsearch; objects and plain values do not.
 */
export function createMappings() {
  const indexes = new Map<string, Map<string, Kind>>();
  return {
    /** What stands against the document; undefined when it fits, and its fields are known from then on. */
    learn(index: string, document: object): { type: string; reason: string } | undefined {
      const known = indexes.get(index) ?? new Map<string, Kind>();
      const fresh = new Map<string, Kind>();
      const look = (value: unknown, path: string): string | undefined => {
        if (Array.isArray(value)) {
          for (const one of value) {
            const wrong = look(one, path);
            if (wrong) return wrong;
          }
          return undefined;
        }
        const kind = kindOf(value);
        if (kind === null) return undefined;
        const mapped = known.get(path) ?? fresh.get(path);
        if (mapped === undefined && path !== '') fresh.set(path, kind);
        if (path !== '' && mapped !== undefined && (mapped === 'object') !== (kind === 'object'))
          return mapped === 'object'
            ? `object mapping for [${path}] tried to parse field [${path}] as object, but found a concrete value`
            : `failed to parse field [${path}] of type [${mapped}]`;
        if ((mapped === 'long' || mapped === 'float') && kind === 'text' && !Number.isFinite(Number(value)))
          return `failed to parse field [${path}] of type [${mapped}]`;
        if (mapped === 'boolean' && kind !== 'boolean' && !['true', 'false', ''].includes(String(value)))
          return `failed to parse field [${path}] of type [boolean]`;
        if (kind !== 'object') return undefined;
        for (const [name, member] of Object.entries(value as object)) {
          const wrong = look(member, path === '' ? name : `${path}.${name}`);
          if (wrong) return wrong;
        }
        return undefined;
      };
      const wrong = look(document, '');
      if (wrong) return { type: 'document_parsing_exception', reason: wrong };
      if (known.size + fresh.size > MAX_FIELDS)
        return { type: 'illegal_argument_exception', reason: `Limit of total fields [${MAX_FIELDS}] has been exceeded` };
      for (const [path, kind] of fresh) known.set(path, kind);
      indexes.set(index, known);
      return undefined;
    },
  };
}
