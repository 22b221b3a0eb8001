-- The functions run as this role. It cannot log in, owns nothing else, and may do nothing else.
do $udfgen$
declare
    tie record;
begin
    begin
        if to_regrole({{ it.owner_ident_text }}) is null then
            create role {{ it.owner }} nologin noinherit;
            comment on role {{ it.owner }} is {{ it.label }};
        end if;
    exception when duplicate_object or unique_violation then
        null; -- An install in another database of this server was faster.
    end;
    if coalesce(shobj_description(to_regrole({{ it.owner_ident_text }}), 'pg_authid'), '') not like {{ it.labels }} then
        if exists (
            select from pg_catalog.pg_roles as role
            left join pg_catalog.pg_auth_members as member on role.oid in (member.roleid, member.member)
            where role.rolname = {{ it.owner_text }} and (
                rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
                or member.roleid is not null
            )
        ) then
            raise exception 'role % exists and has rights of its own, or members: name another one as engines.postgresql.owner', {{ it.owner_text }};
        end if;
        return;
    end if;
    if exists (
        select from pg_catalog.pg_roles
        where rolname = {{ it.owner_text }} and (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
    ) then
        alter role {{ it.owner }} nologin nosuperuser nocreaterole nocreatedb noreplication nobypassrls;
    end if;
    for tie in
        select roleid::regrole as granted, member::regrole as member from pg_catalog.pg_auth_members
        where to_regrole({{ it.owner_ident_text }}) in (roleid, member)
    loop
        execute format('revoke %s from %s', tie.granted, tie.member);
    end loop;
end
$udfgen$;
