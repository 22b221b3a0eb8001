-- Lets a role look into the schema, and writes it down if it could not before: that is taken away again one day.
create or replace procedure pg_temp.udfgen_let_in(role text, name text)
language plpgsql as $udfgen$
begin
    if not exists (
        select from pg_catalog.pg_namespace as schema
        cross join aclexplode(schema.nspacl) as entry
        where schema.nspname = {{ it.schema_text }}
            and entry.grantee = to_regrole(role)
            and entry.privilege_type = 'USAGE'
    ) then
        execute format('grant usage on schema %s to %s', {{ it.schema_ident_text }}, role);
        insert into {{ it.registry }} values ('usage', name, '', role) on conflict do nothing;
    end if;
end
$udfgen$;
