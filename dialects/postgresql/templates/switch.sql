-- Only a table of a superuser is written to: the triggers of another one would run with a superuser's rights.
do {{ it.tag }}
begin
    if to_regclass({{ it.switch_text }}) is not null then
        lock table {{ it.switch }} in row exclusive mode;
    end if;
    if not exists (
        select from pg_catalog.pg_class as switch
        join pg_catalog.pg_roles as owner on owner.oid = switch.relowner
        where switch.oid = to_regclass({{ it.switch_text }}) and switch.relkind = 'r' and owner.rolsuper
    ) then
        raise exception '% is no table of a superuser: install again', {{ it.switch_text }};
    end if;
    merge into {{ it.switch }} as switch
    using (values ({{ it.binding }}, {{ it.mode }})) as wanted (binding, mode) on switch.binding = wanted.binding
    when matched and wanted.mode = 'live' then delete
    when matched then update set mode = wanted.mode
    when not matched and wanted.mode <> 'live' then insert (binding, mode) values (wanted.binding, wanted.mode);
end
{{ it.tag }};
