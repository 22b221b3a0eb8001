-- Who writes meanwhile waits: no write fails, and none is passed by. Nor do they wait long for one who reads.
set session lock_wait_timeout = 2;
lock tables {{ it.table }} write;
set session lock_wait_timeout = 60;
drop trigger if exists {{ it.name }};
--	delimiter //
create definer = {{ it.owner }} trigger {{ it.name }} after {{ it.event }} on {{ it.table }} for each row
{% include "trigger_call.sql" %}
--	//
--	delimiter ;
unlock tables;
