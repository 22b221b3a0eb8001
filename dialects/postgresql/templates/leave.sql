-- Drops a schema that an install made, unless something is in it.
create or replace procedure pg_temp.udfgen_leave(schema text, is_told boolean)
language plpgsql as $udfgen$
begin
    if obj_description(to_regnamespace(quote_ident(schema)), 'pg_namespace') like {{ it.labels }} then
        execute format('drop schema %I', schema);
    end if;
exception when dependent_objects_still_exist then
    if is_told then
        raise warning 'schema % stays: it holds objects of others', schema;
    end if;
end
$udfgen$;
