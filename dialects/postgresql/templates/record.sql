-- Write down what the catalog now reports.
insert into {{ it.place.registry }} (kind, name, desired, definition)
select made.kind, made.name, made.desired, found.definition
from (
    values
--% for row in it.rows
        ({{ row.kind }}, {{ row.name }}, '{{ digests[row.key] }}'){{ "," if not loop.last }}
--% endfor
) as made (kind, name, desired)
join (
{% with it = it.place %}{% include "catalog.sql" %}{% endwith %}
) as found on (found.kind, found.name) = (made.kind, made.name)
on conflict (kind, name) do update set desired = excluded.desired, definition = excluded.definition;
