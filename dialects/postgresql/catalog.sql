-- What there is, as the catalog says it: kind, name, definition, body. A definition holds all that drift could change,
-- a body what a plan compares.
select
    case
        when proc.proname = {{ it.core_text }} then 'core'
        when known.name = any({{ it.watched.hooked }}) then 'trigger'
        when home.nspname || '.' || proc.proname = any({{ it.watched.routines }}) then 'function'
        when proc.prorettype = 'trigger'::regtype then 'trigger'
        else 'function'
    end as kind,
    known.name,
    concat_ws(E'\n', rtrim(pg_get_functiondef(proc.oid), E'\n'), about.facts, hooks.definitions) as definition,
    concat_ws(E'\n', rtrim(proc.prosrc, E'\n'), about.facts, hooks.facts) as body
from pg_catalog.pg_proc as proc
join pg_catalog.pg_namespace as home on home.oid = proc.pronamespace
join pg_catalog.pg_roles as owner on owner.oid = proc.proowner
cross join lateral (
    select format(
        '"%s"."%s"(%s)',
        replace(home.nspname, '"', '""'), replace(proc.proname, '"', '""'), oidvectortypes(proc.proargtypes)
    ) as name
) as known
cross join lateral (
    select concat_ws(
        E'\n',
        'owner: ' || owner.rolname,
        'may execute: ' || string_agg(
            coalesce(role.rolname, 'public') || case when entry.is_grantable then ' (and grant)' else '' end,
            ', ' order by role.rolname collate "C" nulls first
        ),
        'comment: ' || obj_description(proc.oid, 'pg_proc')
    ) as facts
    from aclexplode(coalesce(proc.proacl, acldefault('f', proc.proowner))) as entry
    left join pg_catalog.pg_roles as role on role.oid = entry.grantee
) as about
cross join lateral (
    select
        string_agg(
            format('%s (enabled: %s)', pg_get_triggerdef(hook.oid), hook.tgenabled), E'\n' order by hook.name collate "C"
        ) as definitions,
        string_agg(
            case when hook.tgfoid = proc.oid then 'run by: ' else 'in its place: ' end || hook.name
            || case hook.tgenabled when 'O' then '' else format(' (enabled: %s)', hook.tgenabled) end,
            E'\n' order by hook.name collate "C"
        ) as facts
    from (
        select made.oid, made.tgname, made.tgrelid, made.tgfoid, made.tgenabled, format(
            '"%s" on "%s"."%s"',
            replace(made.tgname, '"', '""'), replace(around.nspname, '"', '""'), replace(relation.relname, '"', '""')
        ) as name
        from pg_catalog.pg_trigger as made
        join pg_catalog.pg_class as relation on relation.oid = made.tgrelid
        join pg_catalog.pg_namespace as around on around.oid = relation.relnamespace
        where not made.tgisinternal and made.tgparentid = 0
    ) as hook
    where proc.prorettype = 'trigger'::regtype and (
        hook.tgfoid = proc.oid
        or exists (
            select from unnest({{ it.watched.hooked }}, {{ it.watched.hooks }}, {{ it.watched.tables }})
                as wanted (hooked, hook, relation)
            where wanted.hooked = known.name
                and wanted.hook = hook.tgname
                and to_regclass(wanted.relation) = hook.tgrelid
        )
    )
) as hooks
where proc.prokind <> 'a'
    and home.nspname = any({{ it.watched.schemas }})
    and (owner.rolname = {{ it.owner_text }} or home.nspname || '.' || proc.proname = any({{ it.watched.routines }}))
union all
select 'trigger', wanted.hooked, pg_get_triggerdef(made.oid), pg_get_triggerdef(made.oid)
from unnest({{ it.watched.hooked }}, {{ it.watched.hooks }}, {{ it.watched.tables }})
    as wanted (hooked, hook, relation)
join pg_catalog.pg_trigger as made
    on made.tgname = wanted.hook and made.tgrelid = to_regclass(wanted.relation) and not made.tgisinternal
where to_regprocedure(wanted.hooked) is null
union all
select
    'type',
    format('"%s"."%s"', home.nspname, type.typname),
    concat_ws(E'\n', made.attributes, 'may use: ' || made.users, 'owner: ' || owner.rolname),
    concat_ws(E'\n', made.attributes, 'may use: ' || made.users)
from pg_catalog.pg_type as type
join pg_catalog.pg_namespace as home on home.oid = type.typnamespace
join pg_catalog.pg_roles as owner on owner.oid = type.typowner
cross join lateral (
    select
        (
            select string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum)
            from pg_catalog.pg_attribute
            where attrelid = type.typrelid and not attisdropped
        ) as attributes,
        coalesce(
            string_agg(coalesce(role.rolname, 'public'), ', ' order by role.rolname collate "C" nulls first)
                filter (where entry.grantee <> type.typowner),
            'nobody else'
        ) as users
    from aclexplode(coalesce(type.typacl, acldefault('T', type.typowner))) as entry
    left join pg_catalog.pg_roles as role on role.oid = entry.grantee
) as made
where format('"%s"."%s"', home.nspname, type.typname) = any({{ it.watched.types }})
union all
select 'switch', {{ it.switch_text }}, made.shape, made.shape
from (
    select concat_ws(
        '; ',
        (
{% include "switch_shape.sql" %}
        ),
        (
            select string_agg(
                distinct coalesce(role.rolname, 'public') || ' may ' || lower(entry.privilege_type)
                || case when entry.is_grantable then ' (and grant)' else '' end,
                ', '
            )
            from pg_catalog.pg_attribute as attribute
            cross join aclexplode(relation.relacl || attribute.attacl) as entry
            left join pg_catalog.pg_roles as role on role.oid = entry.grantee
            where attribute.attrelid = relation.oid and entry.grantee <> relation.relowner
        )
    ) as shape
    from pg_catalog.pg_class as relation
    where relation.oid = to_regclass({{ it.switch_text }})
) as made
union all
select
    'role',
    '"' || replace(role.rolname, '"', '""') || '"',
    concat_ws(
        ', ',
        case when role.rolcanlogin then 'login' else 'nologin' end,
        case
            when role.rolsuper or role.rolcreaterole or role.rolcreatedb or role.rolreplication or role.rolbypassrls
            then 'rights of its own'
            else 'no rights'
        end,
        'member of ' || coalesce(
            (
                select string_agg(granted.rolname, ' and ' order by granted.rolname collate "C")
                from pg_catalog.pg_auth_members as member
                join pg_catalog.pg_roles as granted on granted.oid = member.roleid
                where member.member = role.oid
            ),
            'nothing'
        ),
        'members: ' || coalesce(
            (
                select string_agg(grantee.rolname, ' and ' order by grantee.rolname collate "C")
                from pg_catalog.pg_auth_members as member
                join pg_catalog.pg_roles as grantee on grantee.oid = member.member
                where member.roleid = role.oid
            ),
            'none'
        )
    ),
    null
from pg_catalog.pg_roles as role
where role.rolname = {{ it.owner_text }}
union all
select 'schema', '"' || replace(nspname, '"', '""') || '"', '', null
from pg_catalog.pg_namespace
where nspname = any({{ it.watched.schemas }})
union all
select
    'registry',
    {{ it.registry_text }},
    concat_ws(
        ', ',
        case when owner.rolsuper then 'owned by a superuser' else 'owned by ' || owner.rolname end,
        coalesce(
            (
                select string_agg(distinct coalesce(role.rolname, 'public'), ' and ') || ' may use it'
                from pg_catalog.pg_attribute as attribute
                cross join aclexplode(registry.relacl || attribute.attacl) as entry
                left join pg_catalog.pg_roles as role on role.oid = entry.grantee
                where attribute.attrelid = registry.oid and entry.grantee <> registry.relowner
            ),
            'nobody else may use it'
        )
    ),
    null
from pg_catalog.pg_class as registry
join pg_catalog.pg_roles as owner on owner.oid = registry.relowner
where registry.oid = to_regclass({{ it.registry_text }}) and registry.relkind = 'r'
union all
select 'extension', extname, '', case when extname <> 'plpython3u' then '' end
from pg_catalog.pg_extension
where extname = 'plpython3u' or extname = any({{ it.watched.rivals }})
union all
select
    'usage',
    format('"%s" to "%s"', replace(schema.nspname, '"', '""'), replace(role.rolname, '"', '""')),
    '',
    null
from pg_catalog.pg_namespace as schema
cross join aclexplode(schema.nspacl) as entry
join pg_catalog.pg_roles as role on role.oid = entry.grantee
where schema.nspname = any({{ it.watched.schemas }}) and entry.privilege_type = 'USAGE'
