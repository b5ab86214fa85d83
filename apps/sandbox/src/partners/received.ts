import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type PartnerName = 'splunk' | 'elastic' | 'webhook' | 'mail';
/** One record as a partner holds it: `place` is its index or address, `body` byte for byte what was sent. */
export interface ReceivedRecord {
  number: number;
  place: string;
  key: string;
  /** The id of the request it came in, where there is such a thing. */
  messageId: string | null;
  body: string;
  receivedAt: string;
}
export interface Received {
  /** False when a record of this key is there already. A null key is never there already. */
  add(partner: PartnerName, record: { place: string; key: string | null; messageId?: string; body: string }): boolean;
  list(partner: PartnerName, place: string | undefined, after: number, limit: number): ReceivedRecord[];
  places(partner: PartnerName): string[];
  /** What several writes belong to: all or none. */
  together<T>(work: () => T): T;
  close(): void;
}

/** What arrived at the partners, kept between starts for tests and the curious. */
export function openReceived(dir: string): Received {
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(join(dir, 'partners.db'));
  db.exec(`pragma journal_mode = wal; pragma synchronous = normal;
    create table if not exists record (number integer primary key, partner text not null, place text not null, key text, message_id text, body text not null, received_at text not null);
    create unique index if not exists record_key on record (partner, place, key) where key is not null;
    create index if not exists record_place on record (partner, place, number);`);
  const insert = db.prepare(
    'insert into record (partner, place, key, message_id, body, received_at) values (?, ?, ?, ?, ?, ?) on conflict do nothing',
  );
  const columns = "number, place, coalesce(key, '') as key, message_id as messageId, body, received_at as receivedAt";
  const all = db.prepare(`select ${columns} from record where partner = ? and number > ? order by number limit ?`);
  const some = db.prepare(`select ${columns} from record where partner = ? and place = ? and number > ? order by number limit ?`);
  const places = db.prepare('select distinct place from record where partner = ? order by place');
  return {
    add: (partner, r) => insert.run(partner, r.place, r.key, r.messageId ?? null, r.body, new Date().toISOString()).changes === 1,
    list: (partner, place, after, limit) =>
      (place === undefined ? all.all(partner, after, limit) : some.all(partner, place, after, limit)) as unknown as ReceivedRecord[],
    places: (partner) => (places.all(partner) as { place: string }[]).map((p) => p.place),
    together(work) {
      db.exec('begin');
      try {
        const result = work();
        db.exec('commit');
        return result;
      } catch (error) {
        db.exec('rollback');
        throw error;
      }
    },
    close: () => db.close(),
  };
}
