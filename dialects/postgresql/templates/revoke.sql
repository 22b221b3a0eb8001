call pg_temp.udfgen_close({{ it.signature_text }}, {{ it.owner_text }});
