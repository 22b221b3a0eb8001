with
{% include "definition.sql" %}
select wanted.kind, wanted.name, definition(wanted.kind, wanted.name), null as body
from json_table(
    :names, '$[*]' columns (kind varchar2(30) path '$[0]', name varchar2(200) path '$[1]')
) wanted
