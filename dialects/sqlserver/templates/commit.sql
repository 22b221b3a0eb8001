commit;
go

{% with it = it.trust %}{% include "untrust.sql" %}{% endwith %}
go
set noexec off;
go
