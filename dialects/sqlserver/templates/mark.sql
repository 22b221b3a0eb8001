exec sys.sp_addextendedproperty
    @name = {{ it.label }}, @value = {{ it.program }},
    @level0type = N'SCHEMA', @level0name = {{ it.schema_text }},
    @level1type = {{ it.form_text }}, @level1name = {{ it.object_text }};
