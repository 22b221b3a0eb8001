begin
    -- The registry: what this install made, by which drift is told from change. It is never without a row, so that an
    -- install that was cut can be taken away.
    execute immediate q'[
        create table {{ it.registry }} (kind, name, desired, definition, primary key (kind, name)) as
        select
            cast({{ it.first.kind }} as varchar2(30)), cast({{ it.first.name }} as varchar2(200)),
            cast('{{ digests[it.first.key] }}' as varchar2(64)), to_clob(null)
        from dual
    ]';
exception
    when others then
        if sqlcode <> -955 then
            raise;
        end if;
end;
