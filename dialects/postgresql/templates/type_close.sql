do $udfgen$
declare
    other record;
begin
    for other in
        select distinct coalesce(quote_ident(role.rolname), 'public') as name
        from pg_catalog.pg_type as type
        cross join aclexplode(coalesce(type.typacl, acldefault('T', type.typowner))) as entry
        left join pg_catalog.pg_roles as role on role.oid = entry.grantee
        where type.oid = to_regtype({{ it.name_text }}) and entry.grantee <> type.typowner
    loop
        execute format('revoke all on type %s from %s cascade', {{ it.name_text }}, other.name);
    end loop;
end
$udfgen$;
