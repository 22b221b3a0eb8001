-- Who writes meanwhile waits: no write fails, and none is passed by.
lock tables {{ it.table }} write;
drop trigger if exists {{ it.name }};
--	delimiter //
create definer = {{ it.owner }} trigger {{ it.name }} after {{ it.event }} on {{ it.table }} for each row
{% include "trigger_call.sql" %}
--	//
--	delimiter ;
unlock tables;
