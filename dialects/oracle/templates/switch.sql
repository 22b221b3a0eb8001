merge into {{ it.table }} using dual on ("BINDING" = {{ it.binding }})
when matched then update set "MODE" = {{ it.mode }}
when not matched then insert ("BINDING", "MODE") values ({{ it.binding }}, {{ it.mode }})
