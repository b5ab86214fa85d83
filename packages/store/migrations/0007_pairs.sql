-- Tokens for pairs of fields, and an index of what failed. Records from before are indexed anew; what was counted of them begins anew.
create index record_failed on record (tenant_id, category, time desc, seq desc) where result <> 'Success';
truncate record_value, record_hour, search_backlog;
insert into search_backlog select tenant_id, category, 0, seq from head where seq > 0;
