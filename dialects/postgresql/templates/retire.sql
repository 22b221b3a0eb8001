-- What the registry lists and the spec no longer has: functions first, so that an owner of before has none left.
do {{ it.tag }}
declare
    old record;
begin
    for old in
        select recorded.kind, recorded.name, recorded.definition
        from {{ it.place.registry }} as recorded
        where (recorded.kind, recorded.name) not in (
            values
--% for row in it.rows
                ({{ row.kind }}, {{ row.name }}){{ "," if not loop.last }}
--% endfor
        )
        order by recorded.kind, recorded.name
    loop
        if old.kind in ('function', 'core') then
            execute 'drop routine if exists ' || old.name;
        elsif old.kind = 'usage' and to_regrole(old.definition) is not null
            and not pg_temp.udfgen_elsewhere(old.kind, old.name)
        then
            execute format('revoke usage on schema %s from %s', {{ it.place.schema_ident_text }}, old.definition);
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
