create definer = {{ it.owner }} {{ it.form }} {{ it.name }}({{ it.parameters }})
{{ it.determinism }}deterministic reads sql data sql security definer comment {{ it.comment }}
select {{ it.call }} into @udfgen;
