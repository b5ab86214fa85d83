import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { pipeline, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { categories, categoryId, type NewRecord } from '@weir/contract';
import { mapAuditEvent, type GraphAuditEvent } from '../map/audit-event.ts';
import { extractFields } from '../map/extract.ts';
import { jsonValues } from './json-values.ts';

export interface Refused {
  line: number;
  reason: string;
}
type Json = Record<string, unknown>;
const BATCH = 500;
const object = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;

/**
 * Reads records of either shape (Graph audit events, resource-log records of any category) from NDJSON, a JSON array, or an
 * envelope with `records` or `value`; plain or gzip. Constant memory. Broken ones go to `onRefused` with their line; the
 * rest is yielded in batches. Throws when the stream breaks, after what was read before it.
 */
export async function* readImport(
  stream: AsyncIterable<Buffer | string>,
  options: { tenantId: string; onRefused: (refused: Refused) => void },
): AsyncGenerator<NewRecord[]> {
  let batch: NewRecord[] = [];
  let broken: { error: unknown } | undefined;
  const values = jsonValues(decoded(await unzipped(stream)));
  for (;;) {
    const next = await values.next().catch((error: unknown) => {
      broken = { error };
      return undefined;
    });
    if (!next || next.done) break;
    const { line, text } = next.value;
    try {
      for (const value of unwrap(JSON.parse(text))) {
        const record = toRecord(value, options.tenantId);
        if (typeof record === 'string') options.onRefused({ line, reason: record });
        else batch.push(record);
      }
    } catch (error) {
      options.onRefused({ line, reason: `This is no JSON: ${(error as Error).message}` });
    }
    if (batch.length >= BATCH) {
      yield batch;
      batch = [];
    }
  }
  // What was read before the stream broke is kept; importing the whole file later makes duplicates of it.
  if (batch.length > 0) yield batch;
  if (broken) throw broken.error;
}

function unwrap(value: unknown): unknown[] {
  const envelope = object(value);
  if (envelope && envelope['category'] === undefined) {
    for (const key of ['records', 'value']) if (Array.isArray(envelope[key])) return envelope[key];
  }
  return Array.isArray(value) ? value : [value];
}

/** A record, or why it cannot be kept: only what has no object or no time. */
export function toRecord(value: unknown, tenantId: string): NewRecord | string {
  const record = object(value);
  if (!record) return `Expected a JSON object, found ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}.`;
  if ('activityDateTime' in record && 'id' in record && ('resources' in record || 'componentName' in record || 'activityType' in record)) {
    const time = isoTime(record['activityDateTime']);
    if (!time) return `activityDateTime is no time: ${JSON.stringify(record['activityDateTime'])}.`;
    if (typeof record['id'] !== 'string') return 'id is no text.';
    const mapped = mapAuditEvent(tenantId, record as unknown as GraphAuditEvent);
    return { ...mapped, time };
  }
  const properties = object(record['properties']) ?? {};
  const time = isoTime(record['time'] ?? properties['createdDateTime'] ?? properties['activityDateTime'] ?? properties['StartTimeUtc']);
  if (!time)
    return record['time'] === undefined
      ? 'There is no time in it: expected `time` or `activityDateTime`.'
      : `time is no time: ${JSON.stringify(record['time'])}.`;
  const category = typeof record['category'] === 'string' && /^[\w.-]{1,100}$/.test(record['category']) ? record['category'] : 'Unknown';
  const body = JSON.stringify(record);
  const id = [properties['AuditEventId'], properties['RecordId'], properties['id'], record['id']].find(
    (i): i is string => typeof i === 'string' && i !== '' && i.length <= 200,
  );
  return {
    category: categoryId(providerOf(category, record, properties), category),
    // Without an id of its own the content is the id: the same line imported twice is one record.
    id: id ?? createHash('sha256').update(body).digest('hex'),
    time,
    body,
    original: null,
    fields: extractFields(record),
  };
}

function providerOf(category: string, record: Json, properties: Json): string {
  const resource = typeof record['resourceId'] === 'string' ? record['resourceId'].toLowerCase() : '';
  if (resource.includes('microsoft.aadiam') || 'activityDisplayName' in properties || 'initiatedBy' in properties)
    return 'microsoft.aadiam';
  const known = categories.find((c) => c.name === category);
  if (known) return known.provider;
  return /^Windows365|^Intune/.test(category) ? 'microsoft.intune' : 'microsoft.aadiam';
}

/** UTC, ISO 8601. Reads ISO with any number of digits and the US form that some categories carry; a time without a zone is UTC. */
function isoTime(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const us = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/i.exec(value);
  const at = us
    ? Date.UTC(
        Number(us[3]),
        Number(us[1]) - 1,
        Number(us[2]),
        (Number(us[4]) % 12) + (us[7]!.toUpperCase() === 'PM' ? 12 : 0),
        Number(us[5]),
        Number(us[6]),
      )
    : /^\d{4}-\d{2}-\d{2}/.test(value)
      ? Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(value) || value.length === 10 ? value : `${value.replace(' ', 'T')}Z`)
      : Number.NaN;
  const date = new Date(at);
  return Number.isNaN(at) || date.getUTCFullYear() < 1990 || date.getUTCFullYear() > 2100 ? null : date.toISOString();
}

/** Unpacks what begins as gzip does. Throws zlib's error when the data is broken or cut off. */
async function unzipped(stream: AsyncIterable<Buffer | string>): Promise<AsyncIterable<Buffer>> {
  const iterator = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  // A pipe may hand over a single byte, which is not enough to tell.
  while (head.length < 2 && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, Buffer.from(next.value as Buffer)]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    if (ended) return;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield Buffer.from(next.value as Buffer);
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) return all();
  const gunzip = createGunzip();
  // A failing source ends the reading too; its error comes out of the loop that reads.
  pipeline(Readable.from(all()), gunzip, () => {});
  return gunzip;
}

async function* decoded(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let first = true;
  for await (const chunk of stream) {
    const text = decoder.write(chunk);
    yield first ? text.replace(/^\uFEFF/, '') : text;
    if (text !== '') first = false;
  }
  yield decoder.end();
}
