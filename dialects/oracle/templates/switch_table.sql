declare
    columns constant varchar2(100) := '"BINDING" varchar2(128), "MODE" varchar2(7)';
    rules constant varchar2(100) := 'primary key ("BINDING"), check ("MODE" in (''dry_run'', ''off''))';
begin
    -- Bindings that are switched off, or to dry runs. Its rows stay, whatever is made of it: what is off stays off.
    begin
        execute immediate 'create table {{ it.name }} (' || columns || ', ' || rules || ')';
    exception
        when others then
            if sqlcode <> -955 then
                raise;
            end if;
    end;
    for added in (
        select column_name from user_tab_columns
        where table_name = {{ it.literal }} and column_name not in ('BINDING', 'MODE')
    ) loop
        execute immediate 'alter table {{ it.name }} drop column "' || added.column_name || '"';
    end loop;
    execute immediate 'alter table {{ it.name }} modify (' || columns || ')';
end;
