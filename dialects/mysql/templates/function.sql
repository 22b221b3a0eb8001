create definer = {{ it.owner }} {{ it.form }} {{ it.name }}({{ it.parameters }})
returns {{ it.returns }} {{ it.determinism }}deterministic reads sql data sql security definer comment {{ it.comment }}
return {{ it.call }};
