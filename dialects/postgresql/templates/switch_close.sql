-- Puts the table right where it is another one, with its rows, and lets only the owner of the functions read it.
do $udfgen$
declare
    other record;
begin
    if not exists (
        select from pg_catalog.pg_class as switch
        join pg_catalog.pg_roles as owner on owner.oid = switch.relowner
        where switch.oid = to_regclass({{ it.switch_text }}) and switch.relkind = 'r' and owner.rolsuper
    ) then
        raise exception '% is no table of a superuser: move it away', {{ it.switch_text }};
    end if;
    if {{ it.switch_shape }} is distinct from (
{% include "switch_shape.sql" %}
    ) then
        create temporary table udfgen_kept (binding text, mode text) on commit drop;
        begin
            insert into pg_temp.udfgen_kept
            select distinct on (binding) binding::text, mode::text from only {{ it.switch }}
            where binding is not null and mode::text in ('dry_run', 'off');
        exception when undefined_column then
            raise warning '% had lost a column: every binding is live again', {{ it.switch_text }};
        end;
        drop table {{ it.switch }};
{% include "switch_table.sql" %}
        insert into {{ it.switch }} select binding, mode from pg_temp.udfgen_kept;
        drop table pg_temp.udfgen_kept;
    end if;
    for other in
        select distinct coalesce(quote_ident(role.rolname), 'public') as name
        from pg_catalog.pg_class as switch
        left join pg_catalog.pg_attribute as attribute on attribute.attrelid = switch.oid
        cross join aclexplode(switch.relacl || attribute.attacl) as entry
        left join pg_catalog.pg_roles as role on role.oid = entry.grantee
        where switch.oid = to_regclass({{ it.switch_text }}) and entry.grantee <> switch.relowner
    loop
        execute format('revoke all on table %s from %s cascade', {{ it.switch_text }}, other.name);
    end loop;
    grant select on table {{ it.switch }} to {{ it.owner }};
end
$udfgen$;
