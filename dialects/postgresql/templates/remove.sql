do $udfgen$
declare
    old record;
    had_extension boolean;
    had_type boolean;
begin
    if not exists (
        select from pg_catalog.pg_class as registry
        join pg_catalog.pg_roles as owner on owner.oid = registry.relowner
        where registry.oid = to_regclass({{ it.registry_text }}) and registry.relkind = 'r' and owner.rolsuper
    ) then
        raise warning 'nothing to remove: there is no registry % of a superuser', {{ it.registry_text }};
        return;
    end if;
    call pg_temp.udfgen_hold(true);
    had_extension := exists (select from {{ it.registry }} where kind = 'extension')
        and not pg_temp.udfgen_elsewhere('extension', 'plpython3u');
    had_type := exists (select from {{ it.registry }} where kind = 'type');
    for old in
        select kind, name, definition from {{ it.registry }}
        order by array_position(array['trigger', 'function', 'core', 'type'], kind), name
    loop
        if old.kind = 'trigger' then
            call pg_temp.udfgen_unhook(old.name, '{}');
        end if;
        if old.kind in ('trigger', 'function', 'core') then
            execute 'drop routine if exists ' || old.name;
        elsif old.kind = 'type' then
            begin
                execute 'drop type if exists ' || old.name;
            exception when dependent_objects_still_exist then
                raise warning 'type % stays: others use it', old.name;
            end;
        elsif old.kind = 'switch' then
            execute 'drop table if exists ' || old.name;
        elsif old.kind = 'usage' and to_regrole(old.definition) is not null
            and to_regnamespace(split_part(old.name, ' to ', 1)) is not null
            and not pg_temp.udfgen_elsewhere(old.kind, old.name)
        then
            execute format('revoke usage on schema %s from %s', split_part(old.name, ' to ', 1), old.definition);
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
    call pg_temp.udfgen_leave({{ it.schema_text }}, true);
    if had_type then
        call pg_temp.udfgen_leave('aws_lambda', true);
        call pg_temp.udfgen_leave('aws_commons', true);
    end if;
    begin
        if shobj_description(to_regrole({{ it.owner_ident_text }}), 'pg_authid') like {{ it.labels }} then
            drop role {{ it.owner }};
        end if;
    exception when dependent_objects_still_exist then
        raise warning 'role % stays: it owns objects in another database', {{ it.owner_text }};
    end;
end
$udfgen$;
