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
call {{ it.private }}.`moved`();
drop procedure {{ it.private }}.`moved`;
