-- Takes every right on a function from everybody but its owner: PUBLIC, default privileges, grants of earlier specs.
create or replace procedure pg_temp.udfgen_close(signature text, owner text)
language plpgsql as $udfgen$
declare
    other record;
begin
    for other in
        select distinct coalesce(quote_ident(role.rolname), 'public') as name
        from pg_catalog.pg_proc as proc
        cross join aclexplode(coalesce(proc.proacl, acldefault('f', proc.proowner))) as entry
        left join pg_catalog.pg_roles as role on role.oid = entry.grantee
        where proc.oid = signature::regprocedure and entry.grantee <> proc.proowner
    loop
        execute format('revoke all on routine %s from %s cascade', signature, other.name);
    end loop;
    execute format('grant execute on routine %s to %s', signature, owner);
end
$udfgen$;
