-- Write down what the catalog now reports.
delete from {{ it.place.registry }};
insert into {{ it.place.registry }} (kind, name, desired, definition)
select found.kind, found.name, made.desired, found.definition
from (
    values
--% for row in it.rows
        ({{ row.kind }}, {{ row.name }}, N'{{ digests[row.key] }}'){{ "," if not loop.last }}
--% endfor
) as made (kind, name, desired)
join (
{% with it = it.place %}{% include "catalog.sql" %}{% endwith %}
) as found
    on found.kind = made.kind collate Latin1_General_100_BIN2
    and found.name = made.name collate Latin1_General_100_BIN2;
