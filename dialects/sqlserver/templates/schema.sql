if schema_id({{ it.schema_text }}) is null
begin
    exec ({{ it.make_schema }});
    exec sys.sp_addextendedproperty
        @name = {{ it.label }}, @value = {{ it.program }},
        @level0type = N'SCHEMA', @level0name = {{ it.schema_text }};
end
else if exists (
    select * from sys.schemas where schema_id = schema_id({{ it.schema_text }}) and principal_id <> user_id(N'dbo')
)
    throw 50000, {{ it.others_schema }}, 1; -- Its owner could change what stands in it.
