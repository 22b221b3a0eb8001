-- A switch that was here and is gone, or whose file is damaged, is made anew with every binding off: nobody knows what was.
-- `udfgen install` looks at the file (check table), and then sets @udfgen_damaged.
drop procedure if exists {{ it.place.private }}.`lost`;
--	delimiter //
create procedure {{ it.place.private }}.`lost`()
begin
    if coalesce(@udfgen_damaged, false) or (
        exists (select 1 from {{ it.place.registry }} where kind in ('switch', 'core') and definition <> '')
        and not exists (
            select 1 from information_schema.tables
            where table_schema = {{ it.place.private_text }} and table_name = 'switch'
        )
    ) then
        drop table if exists {{ it.place.private }}.`switch_new`;
        create table {{ it.place.private }}.`switch_new` (
            binding varchar(255) character set ascii not null,
            mode enum('off', 'dry_run') character set ascii not null
        ) engine = csv;
--% for binding in it.bindings
        insert into {{ it.place.private }}.`switch_new` (binding, mode) values ({{ binding }}, 'off');
--% endfor
        -- Between these two there is none, which closes all; and where this is cut, the next install is here again.
        drop table if exists {{ it.place.switch }};
        rename table {{ it.place.private }}.`switch_new` to {{ it.place.switch }};
        select 'the switch was lost or damaged: every binding is off now; udfgen switch turns on what is to be live' as warning;
    end if;
end;
--	//
--	delimiter ;
call {{ it.place.private }}.`lost`();
drop procedure {{ it.place.private }}.`lost`;
set @udfgen_damaged = null;
