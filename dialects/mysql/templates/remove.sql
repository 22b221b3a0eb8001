-- The owner and the database, where this install made them and nobody else uses them; then what it knew.
set @udfgen = (
    select concat('drop user if exists ', name) from {{ it.registry }}
    where kind = 'account' and name = {{ it.owner_name_text }}
        and not exists (select 1 from information_schema.routines where definer = {{ it.owner_text }} and routine_schema <> {{ it.private_text }})
        and not exists (select 1 from information_schema.triggers where definer = {{ it.owner_text }})
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
set @udfgen = (
    select concat('drop database if exists ', name) from {{ it.registry }}
    where kind = 'database' and name = {{ it.database_name_text }}
        and not exists (select 1 from information_schema.tables where table_schema = {{ it.database_text }})
        and not exists (select 1 from information_schema.routines where routine_schema = {{ it.database_text }})
        and not exists (select 1 from information_schema.events where event_schema = {{ it.database_text }})
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
-- What a cut may have left.
drop table if exists {{ it.private }}.`switch_new`;
set @udfgen = (
    select concat('drop database if exists ', name) from {{ it.registry }}
    where kind = 'database' and name = {{ it.private_name_text }}
        and not exists (
            select 1 from information_schema.tables
            where table_schema = {{ it.private_text }} and table_name not in ('registry', 'token')
        )
);
drop function if exists {{ it.private }}.`probe`;
drop procedure if exists {{ it.private }}.`moved`;
set @udfgen = coalesce(@udfgen, concat('drop table if exists ', {{ it.token_name_text }}, ', ', {{ it.registry_name_text }}));
prepare udfgen from @udfgen;
execute udfgen;
deallocate prepare udfgen;
set @udfgen = null;
