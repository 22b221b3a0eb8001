begin
    -- The registry: what this install made, by which drift is told from change.
    execute immediate
        'create table {{ it.registry }} ('
        || 'kind varchar2(30), name varchar2(200), desired varchar2(64), definition clob, primary key (kind, name))';
exception
    when others then
        if sqlcode <> -955 then
            raise;
        end if;
end;
