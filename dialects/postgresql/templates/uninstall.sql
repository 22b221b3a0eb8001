--% for line in it.heading
{{ line }}
--% endfor
-- Removes what the registry of this install lists, and nothing else.
begin isolation level read committed;

--% for statement in removal
{{ statement }}
--% endfor
commit;
