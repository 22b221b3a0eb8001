-- What there is, as the catalog says it: kind, name, definition, body. A definition holds all that drift could change,
-- a body what a plan compares.
select
    convert(lower(routine.routine_type) using utf8mb4) collate utf8mb4_bin as kind,
    convert(concat('`', routine.routine_schema, '`.`', routine.routine_name, '`') using utf8mb4) collate utf8mb4_bin as name,
    convert(concat_ws(
        '\n',
        concat(
            '(', coalesce(parameters.list, ''), ')',
            coalesce(concat(' returns ', routine.dtd_identifier, coalesce(concat(' ', routine.character_set_name), '')), '')
        ),
        concat(
            if(routine.is_deterministic = 'YES', '', 'not '), 'deterministic ', lower(routine.sql_data_access),
            ' sql security ', lower(routine.security_type)
        ),
        concat('sql_mode: ', routine.sql_mode),
        routine.routine_definition,
        concat('definer: ', routine.definer),
        concat('may execute: ', coalesce(callers.list, 'nobody')),
        concat('comment: ', routine.routine_comment)
    ) using utf8mb4) collate utf8mb4_bin as definition,
    convert(concat_ws(
        '\n',
        routine.routine_definition,
        concat('definer: ', routine.definer),
        concat('may execute: ', coalesce(callers.list, 'nobody')),
        concat('comment: ', nullif(routine.routine_comment, ''))
    ) using utf8mb4) collate utf8mb4_bin as body
from information_schema.routines as routine
left join (
    select
        specific_schema, specific_name, routine_type,
        group_concat(
            concat('`', parameter_name, '` ', dtd_identifier, coalesce(concat(' ', character_set_name), ''))
            order by ordinal_position separator ', '
        ) as list
    from information_schema.parameters
    where ordinal_position > 0 and specific_schema in ({{ it.database_text }}, {{ it.private_text }})
    group by specific_schema, specific_name, routine_type
) as parameters
on parameters.specific_schema = routine.routine_schema
    and parameters.specific_name = routine.routine_name
    and parameters.routine_type = routine.routine_type
left join (
    select
        db, routine_name, routine_type,
        group_concat(
            concat('`', user, if(host = '', '`', concat('`@`', host, '`')), if(proc_priv = 'Execute', '', concat(' (', proc_priv, ')')))
            order by user, host separator ', '
        ) as list
    from mysql.procs_priv
    group by db, routine_name, routine_type
) as callers
on callers.db = convert(routine.routine_schema using utf8mb4)
    and callers.routine_name = convert(routine.routine_name using utf8mb4)
    and callers.routine_type = convert(routine.routine_type using utf8mb4)
where routine.routine_schema in ({{ it.database_text }}, {{ it.private_text }})
    and (routine.definer = {{ it.owner_text }} or routine.routine_name in ({{ it.names_text }}))
union all
select 'database', convert(concat('`', schema_name, '`') using utf8mb4) collate utf8mb4_bin, '', null
from information_schema.schemata
where schema_name in ({{ it.database_text }}, {{ it.private_text }})
union all
select 'token', {{ it.token_name_text }}, '', null
from information_schema.tables
where table_schema = {{ it.private_text }} and table_name = 'token'
union all
select 'registry', {{ it.registry_name_text }}, '', null
from information_schema.tables
where table_schema = {{ it.private_text }} and table_name = 'registry'
union all
select
    'switch',
    {{ it.switch_name_text }},
    convert(concat(
        coalesce(lower(one.engine), 'no table'), ': ',
        (
            select group_concat(
                concat(column_name, ' ', column_type, coalesce(concat(' ', character_set_name), ''))
                order by ordinal_position separator ', '
            )
            from information_schema.columns
            where table_schema = {{ it.private_text }} and table_name = 'switch'
        )
    ) using utf8mb4) collate utf8mb4_bin,
    null
from information_schema.tables as one
where one.table_schema = {{ it.private_text }} and one.table_name = 'switch'
union all
select
    'trigger',
    convert(concat(
        '`', replace(made.trigger_schema, '`', '``'), '`.`', replace(made.trigger_name, '`', '``'), '`'
    ) using utf8mb4) collate utf8mb4_bin,
    convert(concat_ws(
        '\n',
        concat(
            lower(made.action_timing), ' ', lower(made.event_manipulation),
            ' on `', replace(made.event_object_schema, '`', '``'), '`.`', replace(made.event_object_table, '`', '``'), '`'
        ),
        concat('sql_mode: ', made.sql_mode),
        concat('characters: ', made.character_set_client, ' ', made.collation_connection),
        made.action_statement,
        concat('definer: ', made.definer)
    ) using utf8mb4) collate utf8mb4_bin,
    convert(concat_ws('\n', made.action_statement, concat('definer: ', made.definer)) using utf8mb4) collate utf8mb4_bin
from information_schema.triggers as made
where {{ it.is_trigger }}
union all
select 'right', allowed.name, allowed.list, allowed.list
from (
    select
        name, convert(group_concat(distinct part order by part separator ', ') using utf8mb4) collate utf8mb4_bin as list
    from (
        select
            convert(concat(
                '`', replace(table_schema, '`', '``'), '`.`', replace(table_name, '`', '``'), '`'
            ) using utf8mb4) collate utf8mb4_bin as name,
            convert(concat(
                lower(privilege_type), if(is_grantable = 'YES', ' with grant option', '')
            ) using utf8mb4) collate utf8mb4_bin as part
        from information_schema.table_privileges
        where grantee = {{ it.owner_grantee_text }} and table_schema <> {{ it.private_text }}
        union all
        select
            convert(concat(
                '`', replace(table_schema, '`', '``'), '`.`', replace(table_name, '`', '``'), '`'
            ) using utf8mb4) collate utf8mb4_bin,
            convert(concat(
                lower(privilege_type), ' (`', replace(column_name, '`', '``'), '`)',
                if(is_grantable = 'YES', ' with grant option', '')
            ) using utf8mb4) collate utf8mb4_bin
        from information_schema.column_privileges
        where grantee = {{ it.owner_grantee_text }} and table_schema <> {{ it.private_text }}
    ) as parts
    group by name
) as allowed
union all
select
    'account',
    {{ it.owner_name_text }},
    concat(
        if(owner.is_locked in ('1', 'true', 'Y'), 'locked', 'not locked'),
        ', ',
        if(
            exists (
                select 1 from information_schema.user_privileges
                where grantee = {{ it.owner_grantee_text }} and privilege_type <> 'USAGE'
            )
            or exists (select 1 from information_schema.schema_privileges where grantee = {{ it.owner_grantee_text }}),
            'rights of its own', 'no rights'
        )
    ),
    null
from (
    select
        user, host,
        /*!80000 account_locked */ /*M! json_value(priv, '$.account_locked') */ as is_locked
    from mysql./*!80000 user */ /*M! global_priv */
) as owner
where owner.user = {{ it.owner_user_text }} and owner.host = {{ it.owner_host_text }}
