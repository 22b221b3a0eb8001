-- What another install in this database made and this one uses too.
insert into {{ it.place.registry }} (kind, name, desired, definition)
select shared.kind, shared.name, '', shared.definition
from (
    values
--% for row in it.rows
        ({{ row.kind }}, {{ row.name }}, {{ row.definition }}){{ "," if not loop.last }}
--% endfor
) as shared (kind, name, definition)
where pg_temp.udfgen_elsewhere(shared.kind, shared.name)
on conflict do nothing;
