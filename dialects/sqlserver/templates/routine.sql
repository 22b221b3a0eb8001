create {{ it.form }} {{ it.name }}{{ it.parameters }}
--% for line in it.clauses
{{ line }}
--% endfor
as external name {{ it.method }};
