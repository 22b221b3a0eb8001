-- Lets a role look into a schema, and writes it down if it could not before: that is taken away again one day.
create or replace procedure pg_temp.udfgen_let_in(schema text, role text, name text)
language plpgsql as $udfgen$
begin
    if not exists (
        select from pg_catalog.pg_namespace as home
        cross join aclexplode(home.nspacl) as entry
        where home.oid = to_regnamespace(schema)
            and entry.grantee = to_regrole(role)
            and entry.privilege_type = 'USAGE'
    ) then
        execute format('grant usage on schema %s to %s', schema, role);
        insert into {{ it.registry }} values ('usage', name, '', role) on conflict do nothing;
    end if;
end
$udfgen$;
