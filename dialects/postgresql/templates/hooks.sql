call pg_temp.udfgen_hold(false);
call pg_temp.udfgen_unhook({{ it.signature_text }}, {{ it.kept }});
