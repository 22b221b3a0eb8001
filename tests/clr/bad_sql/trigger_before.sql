-- Refused at 2:42: there is no trigger before a statement.
create trigger [bad].[t] on [bad].[rows] before insert as select 1;
