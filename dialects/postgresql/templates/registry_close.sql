do $udfgen$
declare
    other record;
begin
    if not exists (
        select from pg_catalog.pg_class as registry
        join pg_catalog.pg_roles as owner on owner.oid = registry.relowner
        where registry.oid = to_regclass({{ it.registry_text }}) and registry.relkind = 'r' and owner.rolsuper
    ) then
        raise exception '% is no table of a superuser, so it is no registry of udfgen: move it away', {{ it.registry_text }};
    end if;
    for other in
        select distinct coalesce(quote_ident(role.rolname), 'public') as name
        from pg_catalog.pg_class as registry
        left join pg_catalog.pg_attribute as attribute on attribute.attrelid = registry.oid
        cross join aclexplode(registry.relacl || attribute.attacl) as entry
        left join pg_catalog.pg_roles as role on role.oid = entry.grantee
        where registry.oid = to_regclass({{ it.registry_text }}) and entry.grantee <> registry.relowner
    loop
        execute format('revoke all on table %s from %s cascade', {{ it.registry_text }}, other.name);
    end loop;
end
$udfgen$;
