-- What there is, as the catalog says it: kind, name, definition, body. A definition holds all that drift could change,
-- a body what a plan compares.
select
    case when proc.proname = {{ it.core_text }} then 'core' else 'function' end as kind,
    format(
        '"%s"."%s"(%s)',
        replace(schema.nspname, '"', '""'), replace(proc.proname, '"', '""'), oidvectortypes(proc.proargtypes)
    ) as name,
    concat_ws(E'\n', rtrim(pg_get_functiondef(proc.oid), E'\n'), about.facts) as definition,
    concat_ws(E'\n', rtrim(proc.prosrc, E'\n'), about.facts) as body
from pg_catalog.pg_proc as proc
join pg_catalog.pg_namespace as schema on schema.oid = proc.pronamespace
join pg_catalog.pg_roles as owner on owner.oid = proc.proowner
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
where schema.nspname = {{ it.schema_text }}
    and proc.prokind <> 'a'
    and (owner.rolname = {{ it.owner_text }} or proc.proname in ({{ it.names_text }}))
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
where nspname = {{ it.schema_text }}
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
select 'extension', extname, '', null
from pg_catalog.pg_extension
where extname = 'plpython3u'
union all
select
    'usage',
    format('"%s" to "%s"', replace(schema.nspname, '"', '""'), replace(role.rolname, '"', '""')),
    '',
    null
from pg_catalog.pg_namespace as schema
cross join aclexplode(schema.nspacl) as entry
join pg_catalog.pg_roles as role on role.oid = entry.grantee
where schema.nspname = {{ it.schema_text }} and entry.privilege_type = 'USAGE'
