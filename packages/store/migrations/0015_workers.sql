-- The workers that are alive: deliveries are shared out evenly among them. One that was not seen for a while counts no more.
create table worker (
  id text primary key,
  started_at timestamptz(3) not null default now(),
  seen_at timestamptz(3) not null default now()
);
