-- What the owner may on that table and no trigger needs any more.
set @udfgen = (
    select concat('revoke ', group_concat(part separator ', '), {{ it.statement_text }})
    from (
        select convert(privilege_type using utf8mb4) as part from information_schema.table_privileges
        where grantee = {{ it.owner_grantee_text }} and table_schema = {{ it.database_text }} and table_name = {{ it.table_text }}
            and privilege_type not in ('TRIGGER', 'USAGE')
        union all
        select 'grant option' from information_schema.table_privileges
        where grantee = {{ it.owner_grantee_text }} and table_schema = {{ it.database_text }} and table_name = {{ it.table_text }}
            and is_grantable = 'YES'
        union
        select convert(concat(privilege_type, ' (`', replace(column_name, '`', '``'), '`)') using utf8mb4) from information_schema.column_privileges
        where grantee = {{ it.owner_grantee_text }} and table_schema = {{ it.database_text }} and table_name = {{ it.table_text }}
            and not (privilege_type = 'SELECT' and column_name in ({{ it.columns_text }}))
    ) as parts
);
set @udfgen = coalesce(@udfgen, 'do 0');
prepare udfgen from @udfgen;
execute udfgen;
deallocate prepare udfgen;
set @udfgen = null;
-- A right on the whole table takes those on its columns along when it goes.
grant {{ it.privileges }} on {{ it.table }} to {{ it.owner }};
