-- What the registry lists and the spec no longer has.
{% include "kept.sql" %}
insert into @kept (kind, name)
select kind, name
from (
    values
--% for row in it.rows
        ({{ row.kind }}, {{ row.name }}){{ "," if not loop.last }}
--% endfor
) as wanted (kind, name);
{% with it = it.place %}{% include "drop_recorded.sql" %}{% endwith %}

