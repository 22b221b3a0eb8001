do $udfgen$
begin
    if not exists (select from pg_catalog.pg_namespace where nspname = {{ it.schema_text }}) then
        create schema {{ it.schema }};
        comment on schema {{ it.schema }} is {{ it.label }};
    end if;
end
$udfgen$;
