-- Exports that run on the server, and their files. A file stands in the database as gzipped pieces of about a megabyte: any
-- web server can go on where another stopped, and any can hand it out from any byte on.
create table export_job (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null,
  category smallint not null references category,
  owner text collate "C" not null,
  -- Who it is, as the record of the export names them.
  actor jsonb not null,
  -- What was asked for: format, columns, and the filter as typed.
  request jsonb not null,
  -- What that meant then: absolute times, or ids. Records appended later are not part of it.
  selection jsonb not null,
  until_seq bigint not null,
  file_name text not null,
  created_at timestamptz(3) not null default now(),
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
  -- Records that the filter was thought to find, for the progress.
  expected bigint not null,
  rows bigint not null default 0,
  bytes bigint not null default 0,
  stored_bytes bigint not null default 0,
  pieces int not null default 0,
  -- Time and sequence number of the last record written.
  position jsonb,
  sha256 text,
  error text,
  attempts int not null default 0,
  ended_at timestamptz(3),
  expires_at timestamptz(3),
  lease_token uuid,
  lease_until timestamptz(3)
) with (fillfactor = 50);
create index export_job_owner on export_job (tenant_id, owner, created_at desc);
create index export_job_open on export_job (created_at) where state in ('queued', 'running');
create index export_job_expiry on export_job (expires_at) where expires_at is not null;

create table export_piece (
  job_id uuid not null references export_job on delete cascade,
  n int not null,
  -- Where it begins in the file, and how much of the file it holds, in bytes before compression.
  start bigint not null,
  length int not null,
  data bytea not null,
  primary key (job_id, n)
);
-- Compressed already.
alter table export_piece alter data set storage external;

-- A download that the browser makes by itself: no token in the address, but this, which is good for one file and one time.
create table export_ticket (
  -- SHA-256 of what stands in the address.
  hash bytea primary key,
  job_id uuid not null references export_job on delete cascade,
  tenant_id uuid not null,
  actor jsonb not null,
  expires_at timestamptz(3) not null,
  sent bigint not null default 0,
  in_use boolean not null default false,
  done boolean not null default false
);
create index export_ticket_job on export_ticket (job_id);
