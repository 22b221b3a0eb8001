-- Notes a table that will get a trigger, so that it is locked together with the others.
create or replace procedure pg_temp.udfgen_want(relation text)
language plpgsql as $udfgen$
begin
    perform set_config('udfgen.wanted', array_append(nullif(current_setting('udfgen.wanted', true), '')::text[], relation)::text, true);
end
$udfgen$;
