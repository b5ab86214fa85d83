import type { Query } from '@weir/contract';

const GUID = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The GUIDs of an id, in its order: `<policy>_<group>` has two, `<script>_0_0` one. */
export const guidsIn = (id: string): string[] => [
  ...new Set((id.match(GUID) ?? []).map((g) => g.toLowerCase()).filter((g) => g !== NOBODY)),
];

/**
 * An object as records name it. An id of one GUID, with or without a suffix, is the thing of that GUID; one of several is
 * something between things, such as an assignment; one without any is taken as it stands.
 */
export interface ObjectId {
  readonly id: string;
  readonly query: Query;
  /** What a target's id makes of it: the object itself, a part of it, a part of another that names it, or nothing. */
  relationOf(targetId: string): 'itself' | 'part' | 'foreign' | null;
  /** Whether a text names it. */
  isIn(text: string): boolean;
}
export function objectIdOf(given: string): ObjectId {
  const guids = guidsIn(given);
  const folded = given.trim().toLowerCase();
  const id = guids.length === 1 ? guids[0]! : folded;
  const named =
    guids.length === 0 ? (text: string) => text.toLowerCase() === id : (text: string) => guids.every((g) => guidsIn(text).includes(g));
  return {
    id,
    query: { kind: 'text', pattern: [guids.length === 0 ? given.trim() : guids.join(' ')] },
    isIn: named,
    relationOf(targetId) {
      if (targetId.toLowerCase() === id) return 'itself';
      const theirs = guidsIn(targetId);
      if (guids.length === 0 || !guids.every((g) => theirs.includes(g))) return null;
      if (theirs.length === guids.length) return 'itself';
      return theirs[0] === guids[0] ? 'part' : 'foreign';
    },
  };
}
