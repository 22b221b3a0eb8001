-- What stands here of an install before; a function of others has no such mark, and is not dropped.
if exists (
    select * from sys.extended_properties
    where class = 1 and major_id = object_id({{ it.error_code_text }}) and minor_id = 0 and name = {{ it.label }}
)
    drop function {{ it.error_code }};
