-- The settings that the statements below depend on: a client's own may differ. An error ends it all.
set ansi_nulls, ansi_padding, ansi_warnings, arithabort, concat_null_yields_null, quoted_identifier on;
set numeric_roundabort off;
set nocount, xact_abort on;
-- The assemblies that will be dropped: trust in them ends when that is committed.
drop table if exists #gone;
create table #gone (name nvarchar(128) collate Latin1_General_100_BIN2 not null);
