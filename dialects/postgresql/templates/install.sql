--% for line in it.heading
{{ line }}
--% endfor
-- One transaction: all of it, or nothing. Repeat it as often as you like.
begin isolation level read committed;

--% for section in sections
{{ section.heading }}{{ section.sql }}
--% endfor
commit;
