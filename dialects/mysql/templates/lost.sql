-- A switch that was here and is gone, or whose file is damaged, is made anew with every binding off: nobody knows what was.
-- `udfgen install` looks at the file (check table), and then sets @udfgen_damaged. Between the last two steps there is
-- none, which closes all; and where this is cut, the next install is here again.
set @udfgen_lost = coalesce(@udfgen_damaged, false) or (
    exists (select 1 from {{ it.place.registry }} where kind in ('switch', 'core') and definition <> '')
    and not exists (
        select 1 from information_schema.tables
        where table_schema = {{ it.place.private_text }} and table_name = 'switch'
    )
);
--% for step in it.steps
set @udfgen = if(@udfgen_lost, {{ step }}, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
--% endfor
deallocate prepare udfgen;
select 'the switch was lost or damaged: every binding is off now; udfgen switch turns on what is to be live' as warning
from dual where @udfgen_lost;
set @udfgen = null, @udfgen_lost = null, @udfgen_damaged = null;
