do $udfgen$
declare
    old record;
    had_extension boolean;
begin
    if not exists (
        select from pg_catalog.pg_class as registry
        join pg_catalog.pg_roles as owner on owner.oid = registry.relowner
        where registry.oid = to_regclass({{ it.registry_text }}) and registry.relkind = 'r' and owner.rolsuper
    ) then
        raise warning 'nothing to remove: there is no registry % of a superuser', {{ it.registry_text }};
        return;
    end if;
    had_extension := exists (select from {{ it.registry }} where kind = 'extension')
        and not pg_temp.udfgen_elsewhere('extension', 'plpython3u');
    for old in select kind, name, definition from {{ it.registry }} order by kind desc, name loop
        if old.kind in ('function', 'core') then
            execute 'drop routine if exists ' || old.name;
        elsif old.kind = 'usage' and to_regrole(old.definition) is not null
            and not pg_temp.udfgen_elsewhere(old.kind, old.name)
        then
            execute format('revoke usage on schema %s from %s', {{ it.schema_ident_text }}, old.definition);
        end if;
    end loop;
    drop table {{ it.registry }};
    begin
        if had_extension then
            drop extension if exists plpython3u;
        end if;
    exception when dependent_objects_still_exist then
        raise warning 'extension plpython3u stays: others use it';
    end;
    begin
        if obj_description(to_regnamespace({{ it.schema_ident_text }}), 'pg_namespace') like {{ it.labels }} then
            drop schema {{ it.schema }};
        end if;
    exception when dependent_objects_still_exist then
        raise warning 'schema % stays: it holds objects of others', {{ it.schema_text }};
    end;
    begin
        if shobj_description(to_regrole({{ it.owner_ident_text }}), 'pg_authid') like {{ it.labels }} then
            drop role {{ it.owner }};
        end if;
    exception when dependent_objects_still_exist then
        raise warning 'role % stays: it owns objects in another database', {{ it.owner_text }};
    end;
end
$udfgen$;
