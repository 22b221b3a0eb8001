--% for line in it.comment
-- {{ line }}
--% endfor
declare @description nvarchar(3750) = {{ it.text }};
exec sys.sp_addextendedproperty
    @name = N'MS_Description', @value = @description,
    @level0type = N'SCHEMA', @level0name = {{ it.schema_text }},
    @level1type = {{ it.form_text }}, @level1name = {{ it.object_text }};
