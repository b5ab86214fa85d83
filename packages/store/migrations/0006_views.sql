-- Searches that people keep. `owner` is the object id of the person; a view without one is the whole directory's.
create table saved_view (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  owner text collate "C",
  name text not null,
  search jsonb not null,
  created_by text not null,
  created_at timestamptz(3) not null default now()
);
create unique index saved_view_name on saved_view (tenant_id, coalesce(owner, ''), lower(name));
-- The view that the blade opens with, a person's own choice.
create table default_view (
  tenant_id uuid not null,
  owner text collate "C" not null,
  view_id uuid not null references saved_view on delete cascade,
  primary key (tenant_id, owner)
);
