call pg_temp.udfgen_reshape({{ it.signature_text }}, {{ it.shape }});
