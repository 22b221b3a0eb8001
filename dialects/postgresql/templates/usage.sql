do {{ it.tag }}
begin
    if not exists (
        select from pg_catalog.pg_namespace as schema
        cross join aclexplode(schema.nspacl) as entry
        where schema.nspname = {{ it.place.schema_text }}
            and entry.grantee = to_regrole({{ it.role_text }})
            and entry.privilege_type = 'USAGE'
    ) then
        grant usage on schema {{ it.place.schema }} to {{ it.role }};
        insert into {{ it.place.registry }} values ('usage', {{ it.name_text }}, '', {{ it.role_text }})
        on conflict do nothing;
    end if;
end
{{ it.tag }};
