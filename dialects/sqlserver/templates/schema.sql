if schema_id({{ it.schema_text }}) is null
begin
    exec ({{ it.make_schema }});
    exec sys.sp_addextendedproperty
        @name = {{ it.label }}, @value = {{ it.program }},
        @level0type = N'SCHEMA', @level0name = {{ it.schema_text }};
end;
