-- What the registry lists, what an install has marked, and nothing else.
if object_id({{ it.registry_text }}, N'U') is null
begin
    print {{ it.nothing }};
    return;
end;
{% include "kept.sql" %}
{% include "drop_recorded.sql" %}
{% include "error_code_drop.sql" %}
drop table {{ it.registry }};
if exists (
        select * from sys.extended_properties
        where class = 3 and major_id = schema_id({{ it.schema_text }}) and name = {{ it.label }}
    )
    and not exists (select * from sys.objects where schema_id = schema_id({{ it.schema_text }}))
    and not exists (select * from sys.types where schema_id = schema_id({{ it.schema_text }}))
    and not exists (select * from sys.xml_schema_collections where schema_id = schema_id({{ it.schema_text }}))
    drop schema {{ it.schema }};
