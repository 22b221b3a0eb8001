-- What the registry lists, what an install has marked, and nothing else.
if object_id({{ it.registry_text }}, N'U') is null
begin
    print {{ it.nothing }};
    return;
end;
{% include "kept.sql" %}
{% include "drop_recorded.sql" %}
if exists (
    select * from sys.extended_properties
    where class = 1 and major_id = object_id({{ it.switch_text }}, N'U') and minor_id = 0 and name = {{ it.label }}
        and cast(value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
)
    drop table {{ it.switch }};
drop table {{ it.registry }};
if exists (
        select * from sys.extended_properties
        where class = 3 and major_id = schema_id({{ it.schema_text }}) and name = {{ it.label }}
    )
    and not exists (select * from sys.objects where schema_id = schema_id({{ it.schema_text }}))
    and not exists (select * from sys.types where schema_id = schema_id({{ it.schema_text }}))
    and not exists (select * from sys.xml_schema_collections where schema_id = schema_id({{ it.schema_text }}))
    drop schema {{ it.schema }};
