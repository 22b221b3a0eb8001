do $udfgen$
begin
    if exists (select from pg_catalog.pg_extension where extname = any({{ it.rivals }})) then
        raise exception 'an extension has the names of schema % here: take it out of compat', {{ it.schema_text }};
    end if;
    if not exists (select from pg_catalog.pg_namespace where nspname = {{ it.schema_text }}) then
        create schema {{ it.schema }};
        comment on schema {{ it.schema }} is {{ it.label }};
    end if;
end
$udfgen$;
