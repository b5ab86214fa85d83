-- What the destination said when it acknowledged a batch: status and ids, for its own support. Rows from before have none.
alter table delivered_batch add column answer text check (length(answer) <= 200);
