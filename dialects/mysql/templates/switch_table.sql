-- The switch: the library reads it as text, once a second at most. Nobody needs a right on it, and such tables have no key.
create table if not exists {{ it.switch }} (
    binding varchar(255) character set ascii not null,
    mode enum('off', 'dry_run') character set ascii not null
) engine = csv;
-- Its rows are kept, whatever was done to its columns; one that lost its mode is off.
set @udfgen = (
    select concat('alter table ', {{ it.switch_name_text }}, ' ', group_concat(part separator ', '))
    from (
        select convert(concat('drop column `', replace(column_name, '`', '``'), '`') using utf8mb4) as part
        from information_schema.columns
        where table_schema = {{ it.private_text }} and table_name = 'switch' and column_name not in ('binding', 'mode')
        union all
        select 'add column binding varchar(255) character set ascii not null first' from dual
        where not exists (
            select 1 from information_schema.columns
            where table_schema = {{ it.private_text }} and table_name = 'switch' and column_name = 'binding'
        )
        union all
        select 'add column mode enum(''off'', ''dry_run'') character set ascii not null' from dual
        where not exists (
            select 1 from information_schema.columns
            where table_schema = {{ it.private_text }} and table_name = 'switch' and column_name = 'mode'
        )
    ) as parts
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
-- One that is as it should be is not made anew: its file would be away for a moment.
set @udfgen = (
    select concat(
        'alter table ', {{ it.switch_name_text }}, ' modify binding varchar(255) character set ascii not null first,',
        ' modify mode enum(''off'', ''dry_run'') character set ascii not null after binding, engine = csv'
    )
    from information_schema.tables as one
    where table_schema = {{ it.private_text }} and table_name = 'switch' and (
        lower(engine) <> 'csv'
        or (
            select group_concat(
                column_name, ' ', column_type, ' ', coalesce(character_set_name, ''), ' ', is_nullable
                order by ordinal_position separator ', '
            )
            from information_schema.columns
            where table_schema = {{ it.private_text }} and table_name = 'switch'
        ) <> 'binding varchar(255) ascii NO, mode enum(''off'',''dry_run'') ascii NO'
    )
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
deallocate prepare udfgen;
set @udfgen = null;
