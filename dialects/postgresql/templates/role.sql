-- The functions run as this role. It cannot log in, owns nothing else, and may do nothing else.
do $udfgen$
begin
    if exists (
        select from pg_catalog.pg_roles
        where rolname = {{ it.owner_text }} and (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
    ) then
        raise exception 'role % exists and has rights of its own: name another one as engines.postgresql.owner', {{ it.owner_text }};
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = {{ it.owner_text }}) then
        create role {{ it.owner }} nologin noinherit;
        comment on role {{ it.owner }} is {{ it.label }};
    end if;
end
$udfgen$;
