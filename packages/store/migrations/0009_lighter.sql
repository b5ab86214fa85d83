-- Activities and audit categories are found by the time or by the word index as soon: two trees less to write for each record.
drop index if exists record_operation;
drop index if exists record_audit_category;
