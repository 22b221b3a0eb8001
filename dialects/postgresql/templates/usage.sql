call pg_temp.udfgen_let_in({{ it.role_text }}, {{ it.name_text }});
