create definer = {{ it.owner }} {{ it.form }} {{ it.name }}({{ it.parameters }})
{{ it.determinism }}deterministic reads sql data sql security definer comment {{ it.comment }}
select {{ it.columns | map(attribute="shown") | join(", ") }}
from (select {{ it.call }} as `rows`) as `reply`,
json_table(`reply`.`rows`, '$[*]' columns ({{ it.columns | map(attribute="source") | join(", ") }})) as `row`;
