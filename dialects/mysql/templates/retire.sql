-- An owner and a database of before, which this install made and does not use any more.
set @udfgen = (
    select concat('drop user if exists ', name) from {{ it.registry }}
    where kind = 'account' and name <> {{ it.owner_name_text }} limit 1
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
set @udfgen = (
    select concat('drop database if exists ', name) from {{ it.registry }} as old
    where kind = 'database' and name not in ({{ it.database_name_text }}, {{ it.private_name_text }})
        and not exists (select 1 from information_schema.tables where concat('`', table_schema, '`') = old.name)
        and not exists (select 1 from information_schema.routines where concat('`', routine_schema, '`') = old.name)
        and not exists (select 1 from information_schema.events where concat('`', event_schema, '`') = old.name)
    limit 1
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
deallocate prepare udfgen;
set @udfgen = null;
delete from {{ it.registry }}
where (kind = 'account' and name <> {{ it.owner_name_text }})
    or (kind = 'database' and name not in ({{ it.database_name_text }}, {{ it.private_name_text }}));
