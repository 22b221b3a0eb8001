call pg_temp.udfgen_want({{ it.table_text }});
