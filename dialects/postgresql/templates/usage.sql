call pg_temp.udfgen_let_in({{ it.schema_text }}, {{ it.role_text }}, {{ it.name_text }});
