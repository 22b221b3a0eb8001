if schema_id({{ it.schema_text }}) is null
begin
    exec ({{ it.make_schema }});
    exec sys.sp_addextendedproperty
        @name = {{ it.label }}, @value = {{ it.program }},
        @level0type = N'SCHEMA', @level0name = {{ it.schema_text }};
end;
-- The registry tells names apart that the database may take for one; an owner could change what stands in it.
declare @unfit nvarchar(1000);
select @unfit = case
    when name collate Latin1_General_100_BIN2 <> {{ it.schema_text }}
    then concat({{ it.spelled }}, name)
    when principal_id <> user_id(N'dbo')
    then {{ it.others_schema }}
end
from sys.schemas
where schema_id = schema_id({{ it.schema_text }});
if @unfit is not null
    throw 50000, @unfit, 1;
