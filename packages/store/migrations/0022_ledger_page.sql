-- The ledger is read page by page, newest first.
create index delivered_batch_newest on delivered_batch (delivery_id, delivered_at desc, first_seq desc);
