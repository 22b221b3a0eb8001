{% include "guard.sql" %}

set xact_abort on;
set lock_timeout 60000;
set deadlock_priority low; -- Those who are at work in the database come first.
begin transaction;
-- One install at a time in this database.
declare @locked int;
exec @locked = sys.sp_getapplock
    @Resource = N'udfgen', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @DbPrincipal = N'db_owner';
if @locked < 0
    throw 50000, N'the lock of another install was not let go', 1;
go
{% include "check.sql" %}
