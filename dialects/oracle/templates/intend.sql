declare
    -- What is wanted, before it is done: by this an install that was cut is told from objects of others.
    procedure want(wanted_kind varchar2, wanted_name varchar2, wanted varchar2) is
    begin
        update {{ it.place.registry }}
        set definition = case when desired = wanted then definition end, desired = wanted
        where kind = wanted_kind and name = wanted_name;
        if sql%rowcount = 0 then
            insert into {{ it.place.registry }} (kind, name, desired) values (wanted_kind, wanted_name, wanted);
        end if;
    end;

    -- What is not wanted any more and calls what changes or goes would make writes fail.
    procedure drop_trigger(former varchar2) is
    begin
        execute immediate 'drop trigger "' || former || '"';
    exception
        when others then
            if sqlcode <> -4080 then
                raise;
            end if;
    end;
begin
--% for row in it.rows
    want({{ row.kind }}, {{ row.name }}, '{{ digests[row.key] }}');
--% endfor
    commit;
    for former in (
        select name from {{ it.place.registry }} where kind = 'trigger' and name not in ({{ it.triggers }})
    ) loop
        drop_trigger(former.name);
    end loop;
end;
