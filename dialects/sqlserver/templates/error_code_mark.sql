exec sys.sp_addextendedproperty
    @name = {{ it.label }}, @value = {{ it.program }},
    @level0type = N'SCHEMA', @level0name = {{ it.schema_text }},
    @level1type = N'FUNCTION', @level1name = {{ it.error_code_plain_text }};
