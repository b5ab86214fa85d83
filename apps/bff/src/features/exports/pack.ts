import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { ZipFile } from 'yazl';
import type { ExportPage, ExportPiece, KnownDelivery, Whereabouts } from '../../ports.ts';
import { auditDetailsOf } from '../audit-logs/details.ts';
import { bodyOf } from './formats.ts';
import type { Order } from './make.ts';
import { contentsHead, contentsLine, contentsTail, reportHead, reportRecord, reportTail } from './report.ts';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const NOTE =
  'As far as known: what Weir wrote down when a destination acknowledged a batch. Copies that a person asked for name the replay or resend, who asked and when. It does not say what became of the record there since. ' +
  'A record that names no delivery was appended before any was made, or the history of its delivery is gone.';

/**
 * An evidence pack: a ZIP that is made while it is sent. The records are walked once for each file in it, so that memory stays
 * flat; they are bounded by a sequence number and never change, so that all files hold the same ones.
 */
export async function* makePack(order: Order, signal: AbortSignal): AsyncGenerator<ExportPiece> {
  const { store, selection, asked, by, at } = order;
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const files: { name: string; bytes: number; sha256: string; holds: string }[] = [];
  let [rows, withGraph] = [0, 0];
  const known = await store.audit.deliveries();
  const deliveries = new Map(known.map((d) => [d.id, d]));

  const pages = (): AsyncIterable<ExportPage> => store.audit.take(selection, { after: null, fields: ['id'], bodies: true }, signal);
  const add = (name: string, holds: string, content: () => AsyncGenerator<string>): void => {
    async function* digested(): AsyncGenerator<Buffer> {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const text of content()) {
        signal.throwIfAborted();
        const data = Buffer.from(text);
        hash.update(data);
        bytes += data.length;
        if (data.length > 0) yield data;
      }
      files.push({ name, bytes, sha256: hash.digest('hex'), holds });
    }
    // Begun only when the files before it are done.
    zip.addReadStreamLazy(name, { mtime: new Date(at), forceDosTimestamp: false }, (give) =>
      give(null, Readable.from(digested(), { objectMode: false })),
    );
  };

  add('records.resource-log.ndjson', 'The records as they are routed to destinations, byte for byte, one a line.', async function* () {
    for await (const page of pages()) {
      rows += page.rows.length;
      yield page.rows.map((_, n) => `${bodyOf(page, n).body}\n`).join('');
    }
  });
  add('records.graph.ndjson', 'The same records as Microsoft Graph gave them, where they came from there.', async function* () {
    for await (const page of pages()) {
      const lines = page.rows.flatMap((_, n) => bodyOf(page, n).original ?? []);
      withGraph += lines.length;
      yield lines.map((l) => `${l}\n`).join('');
    }
  });
  add('deliveries.json', 'Where each record was delivered, as far as known.', () => deliveriesFile(order, pages(), known));
  add('report.html', 'The records for reading and printing.', async function* () {
    yield reportHead('Evidence pack: Intune audit logs', [
      ['Made by', `${by.name} (${by.upn}), object id ${by.oid}`],
      ['Made at', `${at.replace('T', ' ').replace('Z', '')} UTC`],
      ['Records', String(rows)],
      ...('ids' in asked
        ? [['Chosen', 'one by one'] as const]
        : [['From', asked.from] as const, ['To', asked.to] as const, ['Search', asked.q || 'everything'] as const]),
    ]);
    if (rows > 1) {
      yield contentsHead;
      let line = 0;
      for await (const page of pages())
        yield page.rows.map((row, i) => contentsLine((line += 1), row[0]!, detailsOf(page, i, row))).join('');
      yield contentsTail;
    }
    let n = 0;
    for await (const page of pages()) {
      const where = byRecord(await store.audit.whereabouts(page.rows.map((r) => r[1]!)));
      let text = '';
      for (const [i, row] of page.rows.entries()) {
        const body = bodyOf(page, i);
        const seq = Number(row[1]);
        // Comparing values takes its time: others are served in between.
        if (n % 20 === 0) await setImmediate();
        n += 1;
        text += reportRecord(
          {
            n,
            time: row[0]!,
            details: detailsOf(page, i, row),
            whereabouts: where.get(seq) ?? [],
            digest: sha256(body.body),
          },
          deliveries,
        );
      }
      yield text;
    }
    yield reportTail;
  });
  add('manifest.json', 'This list.', async function* () {
    yield `${JSON.stringify(
      {
        madeBy: { name: by.name, upn: by.upn, objectId: by.oid },
        madeAt: at,
        selection: asked,
        records: rows,
        recordsWithGraphObject: withGraph,
        upToSequence: selection.untilSeq,
        files,
      },
      null,
      2,
    )}\n`;
  });
  zip.end();
  let told = 0;
  for await (const data of output as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    yield { data, rows: rows - told, position: null };
    told = rows;
  }
}

const detailsOf = (page: ExportPage, i: number, row: ExportPage['rows'][number]) =>
  auditDetailsOf({ id: row[2]!, seq: Number(row[1]), ...bodyOf(page, i) });

function byRecord(list: readonly Whereabouts[]): Map<number, Whereabouts[]> {
  const found = new Map<number, Whereabouts[]>();
  for (const one of list) found.set(one.seq, [...(found.get(one.seq) ?? []), one]);
  return found;
}

async function* deliveriesFile(order: Order, pages: AsyncIterable<ExportPage>, known: readonly KnownDelivery[]): AsyncGenerator<string> {
  yield `{"note":${JSON.stringify(NOTE)},\n"deliveries":${JSON.stringify(known, null, 1)},\n"records":[`;
  let first = true;
  for await (const page of pages) {
    const where = byRecord(await order.store.audit.whereabouts(page.rows.map((r) => r[1]!)));
    yield page.rows
      .map((row, n) => {
        const seq = Number(row[1]);
        const went = (where.get(seq) ?? []).map(({ delivery, state, at, place, replay }) => ({ delivery, state, at, place, replay }));
        const record = { id: row[2], sequence: seq, time: row[0], sha256: sha256(bodyOf(page, n).body), deliveries: went };
        return `${first && n === 0 ? '' : ','}\n${JSON.stringify(record)}`;
      })
      .join('');
    first = false;
  }
  yield '\n]}\n';
}
