-- Where nothing of this may run, nothing runs: an error alone would not keep a client from the batches that follow.
set implicit_transactions off;
declare @why nvarchar(400) = (
    select case
        when @@trancount > 0 then N'end your own transaction first'
        when database_id <= 4 then N'this is a database of the system: use the one that the functions are for'
        when containment <> 0 then N'this database is contained: an assembly cannot be created of its bytes there'
        when compatibility_level < 110 then N'this database is of a compatibility level below 110: raise it first'
    end
    from sys.databases
    where database_id = db_id()
);
if @why is not null
begin
    raiserror(@why, 16, 1);
    set noexec on;
end;
go
