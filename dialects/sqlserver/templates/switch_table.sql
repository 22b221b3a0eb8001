-- What `udfgen switch` sets: a row for each binding that is not live. An install leaves them as they are.
if object_id({{ it.switch_text }}, N'U') is null
begin
    create table {{ it.switch }} (
        binding nvarchar(128) collate Latin1_General_100_BIN2 not null primary key,
        mode nvarchar(10) collate Latin1_General_100_BIN2 not null
    );
    exec sys.sp_addextendedproperty
        @name = {{ it.label }}, @value = {{ it.program }},
        @level0type = N'SCHEMA', @level0name = {{ it.schema_text }},
        @level1type = N'TABLE', @level1name = {{ it.switch_plain_text }};
    insert into {{ it.switch }} (binding, mode)
    select binding, mode from #modes;
end
else if exists (
    select * from sys.objects
    where object_id = object_id({{ it.switch_text }}) and principal_id is not null
)
    alter authorization on object::{{ it.switch }} to schema owner;
drop table #modes;
