-- Activities and audit categories are found by the time or by the word index as soon: two trees less to write for each record.
drop index record_operation;
drop index record_audit_category;
