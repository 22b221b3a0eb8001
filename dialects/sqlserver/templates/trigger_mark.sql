exec sys.sp_addextendedproperty
    @name = {{ it.label }}, @value = {{ it.program }},
    @level0type = N'SCHEMA', @level0name = {{ it.schema_text }},
    @level1type = N'TABLE', @level1name = {{ it.table_text }},
    @level2type = N'TRIGGER', @level2name = {{ it.trigger_text }};
