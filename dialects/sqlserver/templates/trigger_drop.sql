-- What stands here of an install before; a trigger of others stays.
if exists (
    select * from sys.extended_properties
    where class = 1 and major_id = object_id({{ it.name_text }}, N'TR') and minor_id = 0 and name = {{ it.label }}
        and cast(value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
)
    drop trigger {{ it.name }};
