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

    -- A trigger that has a name of ours and is somebody else's, or stands on another table than ours did. udfgen has
    -- asked about it before; a script cannot ask.
    procedure refuse_others is
    begin
        for other in (
            select t.trigger_name, t.table_name,
                case when r.name is null then '--adopt' else '--replace-drift' end as flag
            from user_triggers t
            left join {{ it.place.registry }} r on r.kind = 'trigger' and r.name = t.trigger_name
            where (r.name is null and t.trigger_name in ({{ it.triggers }})
                or dbms_lob.instr(r.definition, ' on ' || t.table_owner || '.' || t.table_name || ' ') = 0)
                and nvl(sys_context('userenv', 'module'), '-') <> 'udfgen'
        ) loop
            raise_application_error(
                -20000, 'trigger ' || other.trigger_name || ' is there on ' || other.table_name
                || ', and not from this install: move it away, or take it over with udfgen install ' || other.flag
            );
        end loop;
    end;

    -- A trigger that is no longer wanted would make writes fail as soon as what it calls is changed or gone.
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
    refuse_others;
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
