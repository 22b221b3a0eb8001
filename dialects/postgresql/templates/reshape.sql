-- Drops a function whose argument names, result or number of defaults differ: CREATE OR REPLACE cannot change those.
create or replace procedure pg_temp.udfgen_reshape(signature text, names text[], result text, defaults integer)
language plpgsql as $udfgen$
declare
    old pg_catalog.pg_proc;
begin
    select * into old from pg_catalog.pg_proc where oid = to_regprocedure(signature);
    if old.oid is null then
        return;
    end if;
    if coalesce(old.proargnames, '{}') <> names
        or replace(pg_get_function_result(old.oid), '"', '') is distinct from result
        or old.pronargdefaults > defaults
    then
        call pg_temp.udfgen_unhook(signature, '{}');
        execute 'drop routine ' || signature;
    end if;
end
$udfgen$;
