import type pg from 'pg';
import { transaction, type Queryable } from './database.ts';
import type { AdminActor } from './admin-record.ts';
import { ViewExists } from './errors.ts';

export interface StoredView {
  id: string;
  name: string;
  shared: boolean;
  mine: boolean;
  default: boolean;
  search: Record<string, unknown>;
}
/** So many views are kept by a person, and so many by a directory. */
export const MAX_VIEWS = 200;
type Tell = (db: Queryable, actor: AdminActor, operation: string, target: string, properties: Record<string, unknown>) => Promise<void>;

/** Saved views of one tenant, as one person sees them: their own and the directory's. */
export class Views {
  readonly #pool: pg.Pool;
  readonly #tenantId: string;
  readonly #tell: Tell;
  constructor(pool: pg.Pool, tenantId: string, tell: Tell) {
    this.#pool = pool;
    this.#tenantId = tenantId;
    this.#tell = tell;
  }

  /** By name. */
  async list(oid: string): Promise<StoredView[]> {
    const { rows } = await (this.#pool as unknown as Queryable).query<StoredView & Record<string, unknown>>(
      `select v.id, v.name, v.owner is null as shared, v.created_by = $2 as mine, d.view_id is not null as default, v.search
      from saved_view v left join default_view d on d.view_id = v.id and d.tenant_id = v.tenant_id and d.owner = $2
      where v.tenant_id = $1 and (v.owner is null or v.owner = $2) order by lower(v.name), v.id`,
      [this.#tenantId, oid],
    );
    return rows;
  }

  /** Throws `ViewExists` when the name is taken. What a directory shares is a record of its own. */
  async create(
    actor: AdminActor,
    view: { name: string; shared: boolean; default: boolean; search: Record<string, unknown> },
  ): Promise<StoredView> {
    const id = await transaction(this.#pool, async (db) => {
      const { rows } = await db.query<{ id: string }>(
        `insert into saved_view (tenant_id, owner, name, search, created_by)
        select $1, $2, $3, $4, $5 where (select count(*) from saved_view where tenant_id = $1 and owner is not distinct from $2) < ${MAX_VIEWS}
        on conflict do nothing returning id`,
        [this.#tenantId, view.shared ? null : actor.oid, view.name, JSON.stringify(view.search), actor.oid],
      );
      const made = rows[0];
      if (!made) throw new ViewExists(view.name);
      if (view.default)
        await db.query(
          'insert into default_view (tenant_id, owner, view_id) values ($1, $2, $3) on conflict (tenant_id, owner) do update set view_id = excluded.view_id',
          [this.#tenantId, actor.oid, made.id],
        );
      if (view.shared) await this.#tell(db, actor, 'Create auditView', view.name, { Search: view.search });
      return made.id;
    });
    return { id, ...view, mine: true };
  }

  /** False when the person has made no such view. */
  async delete(actor: AdminActor, id: string): Promise<boolean> {
    return transaction(this.#pool, async (db) => {
      const { rows } = await db.query<{ name: string; owner: string | null }>(
        'delete from saved_view where tenant_id = $1 and id = $2 and created_by = $3 returning name, owner',
        [this.#tenantId, id, actor.oid],
      );
      if (rows[0]?.owner === null) await this.#tell(db, actor, 'Delete auditView', rows[0].name, {});
      return rows.length > 0;
    });
  }
}
