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
    -- What is missing comes first, for a table must have a column. A row without a mode counts as off.
    for missing in (
        select w.column_name, w.data_type from (
            select 'BINDING' as column_name, 'varchar2(128)' as data_type from dual
            union all
            select 'MODE', 'varchar2(7)' from dual
        ) w
        left join user_tab_columns c on c.table_name = {{ it.literal }} and c.column_name = w.column_name
        where c.column_name is null
    ) loop
        execute immediate 'alter table {{ it.name }} add ("' || missing.column_name || '" ' || missing.data_type || ')';
    end loop;
    for added in (
        select column_name from user_tab_columns
        where table_name = {{ it.literal }} and column_name not in ('BINDING', 'MODE')
    ) loop
        execute immediate 'alter table {{ it.name }} drop ("' || added.column_name || '") cascade constraints';
    end loop;
    execute immediate 'alter table {{ it.name }} modify (' || columns || ')';
end;
