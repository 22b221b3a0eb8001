create or replace {{ it.what }} {{ it.name }}({{ it.arguments }})
--% for clause in it.declared
{{ clause }}
--% endfor
--% for setting in it.settings
{{ setting }}
--% endfor
as {{ it.body }};
