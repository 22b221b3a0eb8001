-- A trigger that stands on another table than it should goes first: its own table could not be locked with the new one.
drop procedure if exists {{ it.private }}.`moved`;
--	delimiter //
create procedure {{ it.private }}.`moved`()
begin
--% for each in it.triggers
    if exists (
        select 1 from information_schema.triggers
        where trigger_schema = {{ each.database_text }} and trigger_name = {{ each.name_text }}
            and cast(event_object_table as binary) <> {{ each.table_text }}
    ) then
        drop trigger {{ each.name }};
    end if;
--% endfor
end;
--	//
--	delimiter ;
-- Who writes waits behind it, so that it must not wait long for one who reads.
set session lock_wait_timeout = 2;
call {{ it.private }}.`moved`();
set session lock_wait_timeout = 60;
drop procedure {{ it.private }}.`moved`;
