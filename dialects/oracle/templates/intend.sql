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
begin
--% for row in it.rows
    want({{ row.kind }}, {{ row.name }}, '{{ digests[row.key] }}');
--% endfor
    commit;
end;
