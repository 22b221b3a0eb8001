-- Whether another install in this database recorded the same thing: the last of them takes it away.
create or replace function pg_temp.udfgen_elsewhere(wanted_kind text, wanted_name text) returns boolean
language plpgsql as $udfgen$
declare
    other regclass;
    is_recorded boolean;
begin
    for other in
        select registry.oid from pg_catalog.pg_class as registry
        join pg_catalog.pg_roles as owner on owner.oid = registry.relowner
        where registry.relname ~ '^udfgen_.+_registry$' and registry.relkind = 'r' and owner.rolsuper
            and registry.oid is distinct from to_regclass({{ it.registry_text }})
    loop
        execute format('select exists (select from %s where kind = $1 and name = $2)', other)
        into is_recorded using wanted_kind, wanted_name;
        if is_recorded then
            return true;
        end if;
    end loop;
    return false;
end
$udfgen$;
