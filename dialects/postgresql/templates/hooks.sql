call pg_temp.udfgen_unhook({{ it.signature_text }}, {{ it.kept }});
