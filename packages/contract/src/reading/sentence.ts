import type { z } from 'zod';
import type { auditTarget } from '../record.ts';
import { NONE } from './diff.ts';
import { assignmentOf, everyoneOf, namesIn } from './ids.ts';
import { actions, entities, objectOf, verbs, type Deed } from './vocabulary.ts';
import { own } from './own.ts';
import { visibleText } from './visible.ts';

type Target = Readonly<Omit<z.infer<typeof auditTarget>, 'modifiedProperties'>> & {
  readonly modifiedProperties: readonly { readonly name: string; readonly newValue: string | null; readonly oldValue: string | null }[];
};
/** What a sentence is made from: the details of a record, or as much of them as there is. */
export interface SentenceRecord {
  readonly status: { readonly status: string | null; readonly activityType: string | null };
  readonly actor: {
    readonly type: string | null;
    readonly upn: string | null;
    readonly objectId: string | null;
    readonly application: string | null;
    readonly applicationId: string | null;
  };
  readonly targets: readonly Target[];
}
export interface SentencePart {
  readonly kind: 'actor' | 'target' | 'assignee' | 'property' | 'text';
  readonly text: string;
  /** The id of what it names, when the record has one. */
  readonly id: string | null;
}
/** Targets and assignees that are named; the others are counted. */
const NAMED = 2;

/**
 * One plain sentence about a record, "admin@contoso.example deleted the app Teams.", made by rules from what the record says
 * and nothing else. Null where no rule fits: then the name of the activity stands.
 */
export function sentenceOf(record: SentenceRecord): string | null {
  return (
    sentenceParts(record)
      ?.map((part) => part.text)
      .join('') ?? null
  );
}

/** The same in parts, in order: their texts make the sentence. Hidden characters in names are written out. */
export function sentenceParts(record: SentenceRecord): SentencePart[] | null {
  const activity = activityOf(record.status.activityType);
  if (!activity) return null;
  const { verb, entity } = activity;
  const ofAssignment = verb === 'assign' || (entity.endsWith('assignment') && own(entities, entity) === undefined);
  const told = ofAssignment ? assigned(activity, record) : done(activity, record);
  if (!told) return null;
  const { deed, object, after } = told;
  const outcome = outcomeOf(record.status.status);
  const [before = '', behind = ''] = (outcome === 'failed' ? deed[1] : deed[0]).split('%');
  const parts: SentencePart[] = [
    actorOf(record.actor),
    text(outcome === 'failed' ? ` tried to ${before}` : ` ${before}`),
    ...object,
    text(behind),
    ...after,
  ];
  if (outcome === 'failed') parts.push(text(', and failed'));
  if (outcome === 'other') parts.push(text(` (status: ${visibleText(record.status.status ?? '')})`));
  return merge(parts);
}

interface Activity {
  verb: string;
  /** Graph's entity type, in lower case. */
  entity: string;
}
/** `Patch MobileApp`, `wipe ManagedDevice`, `assignDeviceHealthScript DeviceHealthScript`, `Create X X`: what is done, and to what kind. */
function activityOf(activityType: string | null): Activity | null {
  const words = (activityType ?? '').toLowerCase().trim().split(/\s+/);
  if (words.length === 3 && words[1] === words[2]) words.pop();
  const [verb, entity] = words;
  if (words.length !== 2 || !verb || !entity) return null;
  const bare = verb.length > entity.length && verb.endsWith(entity) ? verb.slice(0, -entity.length) : verb;
  return { verb: bare, entity };
}

function outcomeOf(status: string | null): 'done' | 'failed' | 'other' {
  if (status === null || /^(success|succeeded|none|)$/i.test(status)) return 'done';
  return /fail|error|timeout|denied/i.test(status) ? 'failed' : 'other';
}

interface Told {
  deed: Deed;
  object: SentencePart[];
  after: SentencePart[];
}
function done({ verb, entity }: Activity, { targets }: SentenceRecord): Told | null {
  const key = `${verb} ${entity}`;
  const deed = own(actions, key) ?? own(verbs, verb);
  const kind = own(objectOf, key) ?? own(entities, entity);
  if (!deed || kind === undefined) return null;
  const patched = verb === 'patch' || verb === 'update' ? changes(targets, kind) : null;
  return patched ?? { deed, object: objects(kind, targets), after: [] };
}

/** Properties that change with everything, and say nothing about it. */
const noise = /^(DeviceManagementAPIVersion|Version|LastModifiedDateTime|LastModified)$/i;
/** A change, with the property that changed; or the new name, when nothing else did. */
function changes(targets: readonly Target[], kind: string): Told | null {
  const [target, ...others] = targets;
  if (!target || others.length > 0) return null;
  const changed = target.modifiedProperties.filter(
    (p) => p.oldValue !== p.newValue && !noise.test(p.name) && !p.name.startsWith('$Collection'),
  );
  const first = changed[0];
  if (!first || target.modifiedProperties.some((p) => p.name.startsWith('$Collection') && p.oldValue !== p.newValue)) return null;
  const { oldValue, newValue } = first;
  if (changed.length === 1 && /^(DisplayName|Name)$/i.test(first.name) && said(oldValue) && said(newValue)) {
    return {
      deed: ['renamed %', 'rename %'],
      object: objects(kind, [{ ...target, name: oldValue }]),
      after: [text(' to '), { kind: 'target', text: visibleText(newValue), id: target.objectId }],
    };
  }
  const more = changed.length - 1;
  const property: SentencePart = { kind: 'property', text: visibleText(first.name), id: null };
  const rest = text(`${more === 0 ? '' : ` and ${more} more ${more === 1 ? 'property' : 'properties'}`} of `);
  return { deed: ['changed %', 'change %'], object: [property, rest, ...objects(kind, targets)], after: [] };
}
const said = (value: string | null): value is string => value !== null && value !== '' && value !== NONE;

/** `assign X` and `Create | Patch | Delete XAssignment`. */
function assigned({ verb, entity }: Activity, record: SentenceRecord): Told | null {
  const kind = own(entities, verb === 'assign' ? entity : entity.slice(0, -'assignment'.length));
  if (!kind) return null;
  const isAssignment = (t: Target) => /assignment$/i.test(t.type ?? '') || (t.objectId !== null && assignmentOf(t.objectId) !== null);
  const assignments = record.targets.filter((t) => isAssignment(t) && !said(t.name));
  const main = record.targets.filter((t) => !assignments.includes(t));
  const names = namesIn(record);
  const to = assignments.flatMap((t) => assigneeOf(t, names) ?? []);
  const excluded = assignments.length > 0 && assignments.every((t) => typeOf(t)?.startsWith('exclusiongroup'));
  const mixed = !excluded && assignments.some((t) => typeOf(t)?.startsWith('exclusiongroup'));
  const object = objects(kind, main);
  if (verb === 'assign' || verb === 'create') {
    if (to.length === 0 || mixed) {
      return verb === 'assign'
        ? { deed: ['changed the assignments of %', 'change the assignments of %'], object, after: [] }
        : { deed: ['created an assignment of %', 'create an assignment of %'], object, after: [] };
    }
    return excluded
      ? { deed: ['excluded %', 'exclude %'], object: several(to), after: [text(' from '), ...object] }
      : { deed: ['assigned %', 'assign %'], object, after: [text(' to '), ...several(to)] };
  }
  const deed = own(assignmentDeeds, verb);
  if (!deed) return null;
  return { deed, object, after: to.length === 0 || mixed ? [] : [text(excluded ? ' that excludes ' : ' to '), ...several(to)] };
}
const assignmentDeeds: Readonly<Record<string, Deed>> = {
  patch: ['changed an assignment of %', 'change an assignment of %'],
  update: ['changed an assignment of %', 'change an assignment of %'],
  delete: ['removed an assignment of %', 'remove an assignment of %'],
  get: ['read an assignment of %', 'read an assignment of %'],
};

const property = (target: Target, name: string): string | null => {
  const found = target.modifiedProperties.find((p) => p.name.toLowerCase() === name);
  return [found?.newValue, found?.oldValue].find((v) => v != null && said(v)) ?? null;
};
const typeOf = (target: Target): string | null => property(target, 'target.type')?.toLowerCase() ?? null;
function assigneeOf(target: Target, names: ReadonlyMap<string, string>): SentencePart | null {
  const id = (target.objectId && assignmentOf(target.objectId)?.group) ?? property(target, 'target.groupid');
  const type = typeOf(target);
  if (id) {
    const name = everyoneOf(id) ?? names.get(id.toLowerCase());
    return { kind: 'assignee', text: name === undefined ? `the group with the id ${visibleText(id)}` : visibleText(name), id };
  }
  if (type?.startsWith('alllicensedusers')) return { kind: 'assignee', text: 'All users', id: null };
  return type?.startsWith('alldevices') ? { kind: 'assignee', text: 'All devices', id: null } : null;
}

/** `the app Teams`, `the apps Teams, Outlook and 3 more`; the id where there is no name. */
function objects(kind: string, targets: readonly Target[]): SentencePart[] {
  const known = targets.filter((t) => said(t.name) || said(t.objectId));
  const plural = known.length > 1;
  const the = kind === '' ? '' : `the ${plural ? pluralOf(kind) : kind}`;
  if (known.length === 0) return [text(kind === '' ? 'without a name' : indefinite(kind))];
  const named = known.map((t): SentencePart =>
    said(t.name)
      ? { kind: 'target', text: visibleText(t.name), id: t.objectId }
      : { kind: 'target', text: `with the id ${visibleText(t.objectId ?? '')}`, id: t.objectId },
  );
  return [text(the === '' ? '' : `${the} `), ...several(named)];
}
/** Settings are always many, and stand without a name too. */
const indefinite = (kind: string): string =>
  /(settings|certificates of .*)$/.test(kind) ? `the ${kind}` : `${/^[aeio]/i.test(kind) ? 'an' : 'a'} ${kind} without a name`;
const pluralOf = (kind: string): string => {
  if (/settings$|certificates of /.test(kind)) return kind;
  if (kind.startsWith('setting of '))
    return kind.replace('setting of the endpoint security policy', 'settings of the endpoint security policies');
  return kind.endsWith('y') && !/[aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
};
function several(parts: readonly SentencePart[]): SentencePart[] {
  const shown = parts.length > NAMED + 1 ? parts.slice(0, NAMED) : parts;
  const more = parts.length - shown.length;
  return shown.flatMap((part, n) => [
    ...(n === 0 ? [] : [text(n === shown.length - 1 && more === 0 ? ' and ' : ', ')]),
    part,
    ...(n === shown.length - 1 && more > 0 ? [text(` and ${more} more`)] : []),
  ]);
}

function actorOf({ type, upn, objectId, application, applicationId }: SentenceRecord['actor']): SentencePart {
  const part = (words: string, id: string | null): SentencePart => ({ kind: 'actor', text: words, id });
  const kind = type?.toLowerCase();
  if (kind === 'system') return part(application ? `${visibleText(application)} (the system)` : 'The system', applicationId);
  const name = upn ?? (kind === 'application' ? application : null);
  if (kind === 'application' && name) return part(`The application ${visibleText(name)}`, applicationId ?? objectId);
  if (kind === 'application' && applicationId) return part(`The application with the id ${visibleText(applicationId)}`, applicationId);
  if (name) return part(`${kind === 'guestuser' ? 'The guest ' : kind === 'partner' ? 'The partner ' : ''}${visibleText(name)}`, objectId);
  if (objectId && objectId !== NONE) return part(`The actor with the id ${visibleText(objectId)}`, objectId);
  if (application) return part(`Somebody using ${visibleText(application)}`, applicationId);
  return part('Somebody who is not named', null);
}

const text = (words: string): SentencePart => ({ kind: 'text', text: words, id: null });
function merge(parts: readonly SentencePart[]): SentencePart[] {
  const merged: SentencePart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.text === '') continue;
    if (part.kind === 'text' && last?.kind === 'text') merged[merged.length - 1] = text(last.text + part.text);
    else merged.push(part);
  }
  return merged;
}
