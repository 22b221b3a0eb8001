-- What is wanted, before it is done: by this an install that was cut is told from objects of others.
insert into {{ it.place.registry }} (kind, name, desired, definition) values
--% for row in it.rows
    ({{ row.kind }}, {{ row.name }}, '{{ digests[row.key] }}', ''){{ "," if not loop.last }}
--% endfor
on duplicate key update definition = if(desired = values(desired), definition, ''), desired = values(desired);
