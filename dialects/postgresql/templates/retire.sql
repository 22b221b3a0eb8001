-- What the registry lists and the spec no longer has: functions first, so that an owner of before has none left.
do {{ it.tag }}
declare
    old record;
begin
    call pg_temp.udfgen_hold(false);
    for old in
        with kept (kind, name) as (
            values
--% for row in it.rows
                ({{ row.kind }}, {{ row.name }}){{ "," if not loop.last }}
--% endfor
        )
        select recorded.kind, recorded.name, recorded.definition,
            recorded.name in (select kept.name from kept) as is_another_now
        from {{ it.place.registry }} as recorded
        where (recorded.kind, recorded.name) not in (select kept.kind, kept.name from kept)
        order by array_position(array['trigger', 'function', 'core', 'type'], recorded.kind), recorded.name
    loop
        if old.kind = 'trigger' then
            call pg_temp.udfgen_unhook(old.name, '{}');
        end if;
        if old.kind in ('trigger', 'function', 'core') and not old.is_another_now then
            execute 'drop routine if exists ' || old.name;
        elsif old.kind = 'type' then
            begin
                execute 'drop type if exists ' || old.name;
            exception when dependent_objects_still_exist then
                raise warning 'type % stays: others use it', old.name;
            end;
            call pg_temp.udfgen_leave('aws_lambda', false);
            call pg_temp.udfgen_leave('aws_commons', false);
        elsif old.kind = 'usage' and to_regrole(old.definition) is not null
            and not pg_temp.udfgen_elsewhere(old.kind, old.name)
        then
            if to_regnamespace(split_part(old.name, ' to ', 1)) is not null then
                execute format('revoke usage on schema %s from %s', split_part(old.name, ' to ', 1), old.definition);
            end if;
            begin
                if shobj_description(to_regrole(old.definition), 'pg_authid') like {{ it.place.labels }} then
                    execute 'drop role ' || old.definition; -- The owner of before.
                end if;
            exception when dependent_objects_still_exist then
                null; -- It owns objects in another database.
            end;
        end if;
        delete from {{ it.place.registry }} where kind = old.kind and name = old.name;
    end loop;
end
{{ it.tag }};
