import { NONE } from './diff.ts';
import { own } from './own.ts';

/** What a value means, in words, and where the constant comes from. */
export interface Meaning {
  readonly kind: 'everyone' | 'assignment' | 'suffixed' | 'application' | 'assignment-target' | 'nobody' | 'none' | 'named';
  /** A short name or sentence, without a full stop. */
  readonly text: string;
  /** Where it is documented or was observed; null when it follows from the record itself. */
  readonly source: string | null;
  /** The ids that it is made of, each with its own meaning. */
  readonly parts: readonly { readonly id: string; readonly text: string }[];
}

const PSEUDO_GROUPS = 'https://github.com/ThomasKur/Sentinel-And-DefenderXDR';
const FIRST_PARTY = 'https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in';
const OBSERVED = 'https://github.com/rknightion/graph2otel';
const TARGETS = 'https://learn.microsoft.com/graph/api/resources/intune-shared-deviceandappmanagementassignmenttarget';

/** Pseudo-groups that stand for everybody in the ids of assignments. Microsoft does not document them; they are the same in each directory. */
export const ALL_USERS = 'acacacac-9df4-4c7d-9d50-4ef0226f57a9';
export const ALL_DEVICES = 'adadadad-808e-44e2-905a-0b7873a8a531';
const everyone: Readonly<Record<string, string>> = { [ALL_USERS]: 'All users', [ALL_DEVICES]: 'All devices' };
/** Stands where there is no directory, user or application. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Microsoft's own applications that change Intune, or ask it. */
const applications: Readonly<Record<string, readonly [name: string, source: string]>> = {
  '5926fc8e-304e-4f59-8bed-58ca97cc39a4': ['Microsoft Intune portal extension', OBSERVED],
  '69cc3193-b6c4-4172-98e5-ed0f38ab3ff8': ['Windows 365 Ibiza Extension', OBSERVED],
  '0000000a-0000-0000-c000-000000000000': ['Microsoft Intune', FIRST_PARTY],
  '00000003-0000-0000-c000-000000000000': ['Microsoft Graph', FIRST_PARTY],
  'd4ebce55-015a-49b5-a083-c84d1797ae8c': ['Microsoft Intune Enrollment', FIRST_PARTY],
  '9ba1a5c7-f17a-4de9-a1f1-6178c8d51223': ['Microsoft Intune Company Portal', FIRST_PARTY],
  'd1ddf0e4-d672-4dae-b554-9d5bdfd93547': ['Microsoft Intune PowerShell', FIRST_PARTY],
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c': ['Azure Portal', FIRST_PARTY],
  'de8bc8b5-d9f9-48b1-a8ad-b748da725064': ['Graph Explorer', FIRST_PARTY],
  '14d82eec-204b-4c2f-b7e8-296a70dab67e': ['Microsoft Graph Command Line Tools', FIRST_PARTY],
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46': ['Microsoft Azure CLI', FIRST_PARTY],
  '1950a258-227b-4e31-a9cf-717495945fc2': ['Microsoft Azure PowerShell', FIRST_PARTY],
};

/** Kinds of assignment target, with and without the suffix that some records leave out. */
const targets: Readonly<Record<string, string>> = {
  alllicensedusersassignmenttarget: 'Assigned to all users',
  alldevicesassignmenttarget: 'Assigned to all devices',
  groupassignmenttarget: 'Assigned to a group',
  exclusiongroupassignmenttarget: 'A group is excluded',
  configurationmanagercollectionassignmenttarget: 'Assigned to a Configuration Manager collection',
};

const guid = String.raw`[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}`;
const one = new RegExp(`^${guid}$`, 'i');
const two = new RegExp(`^(${guid})_(${guid})$`, 'i');
const numbered = new RegExp(`^(${guid}(?:_${guid})?)((?:_\\d+)+)$`, 'i');

/** Names that a record itself gives to ids; keys in lower case. */
export type Names = ReadonlyMap<string, string>;
const none: Names = new Map();

/** "All users" or "All devices" for their pseudo-group; else null. */
export const everyoneOf = (id: string): string | null => own(everyone, id.toLowerCase()) ?? null;

/** The policy, app or the like and the group in the id of an assignment, `<policy>_<group>`; null for another id. */
export function assignmentOf(id: string): { object: string; group: string } | null {
  const [, object, group] = two.exec(numbered.exec(id)?.[1] ?? id) ?? [];
  return object === undefined || group === undefined ? null : { object, group };
}

/** What an id or value means, in words. Null when nothing is known of it: then it stands as it is. */
export function meaningOf(value: string | null, names: Names = none): Meaning | null {
  if (value === null || value === '') return null;
  if (value === NONE) return { kind: 'none', text: 'No value: Intune writes it as <null>', source: OBSERVED, parts: [] };
  const id = value.toLowerCase();
  const target = own(targets, id);
  if (target) return { kind: 'assignment-target', text: target, source: TARGETS, parts: [] };
  if (id === NOBODY) return { kind: 'nobody', text: 'All zeros: nobody, or none', source: OBSERVED, parts: [] };
  if (one.test(id)) {
    const all = everyoneOf(id);
    if (all) return { kind: 'everyone', text: all, source: PSEUDO_GROUPS, parts: [] };
    const application = own(applications, id);
    if (application) return { kind: 'application', text: application[0], source: application[1], parts: [] };
    const name = names.get(id);
    return name === undefined ? null : { kind: 'named', text: name, source: null, parts: [] };
  }
  const [, inner, suffix] = numbered.exec(value) ?? [];
  if (inner !== undefined && suffix !== undefined) {
    const meant = meaningOf(inner, names);
    return {
      kind: 'suffixed',
      text: `${meant?.text ?? 'An id'}, followed by numbers (${suffix}) that Microsoft does not document`,
      source: meant?.source ?? null,
      parts: meant?.parts.length ? meant.parts : [{ id: inner, text: meant?.text ?? 'The id itself' }],
    };
  }
  const pair = assignmentOf(value);
  if (!pair) return null;
  const object = names.get(pair.object.toLowerCase());
  const all = everyoneOf(pair.group);
  const group = all ?? names.get(pair.group.toLowerCase());
  return {
    kind: 'assignment',
    text: `Assignment of ${object ?? 'an object'} to ${group ?? 'a group'}`,
    source: all ? PSEUDO_GROUPS : OBSERVED,
    parts: [
      { id: pair.object, text: object ?? 'The object that is assigned' },
      { id: pair.group, text: group ?? 'The group that it is assigned to' },
    ],
  };
}

interface Named {
  readonly targets: readonly {
    readonly name: string | null;
    readonly objectId: string | null;
    readonly modifiedProperties: readonly { readonly name: string; readonly newValue: string | null; readonly oldValue: string | null }[];
  }[];
  readonly actor: {
    readonly upn: string | null;
    readonly objectId: string | null;
    readonly application: string | null;
    readonly applicationId: string | null;
  };
}
/** The names that a record gives to the ids in it: targets, actor, application. */
export function namesIn(record: Named): Map<string, string> {
  const names = new Map<string, string>();
  const note = (id: string | null, name: string | null) => {
    if (id && name && name !== NONE && !names.has(id.toLowerCase())) names.set(id.toLowerCase(), name);
  };
  for (const { objectId, name } of record.targets) note(objectId, name);
  note(record.actor.objectId, record.actor.upn);
  note(record.actor.applicationId, record.actor.application);
  return names;
}
