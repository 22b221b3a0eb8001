commit;
go

set lock_timeout 5000; -- Another install holds its database's list of assemblies until it commits.
go
{% with it = it.trust %}{% include "untrust.sql" %}{% endwith %}
go

set noexec off;
go
-- An error of compiling leaves its transaction open. One of yours stays: then there is no #gone.
if @@trancount > 0 and object_id(N'tempdb..#gone') is not null rollback;
drop table if exists #gone;
set lock_timeout -1;
set deadlock_priority normal;
go
