create {{ it.form }} {{ it.name }}{{ it.parameters }}
--% for line in it.clauses
{{ line }}
--% endfor
as
--% for line in it.body
{{ line }}
--% endfor
