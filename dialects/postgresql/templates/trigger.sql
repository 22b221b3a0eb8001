create or replace trigger {{ it.name }}
after {{ it.events }} on {{ it.table }}
--% for clause in it.clauses
{{ clause }}
--% endfor
execute function {{ it.function }}();
