create or replace function {{ it.name }}({{ it.arguments }})
returns {{ it.returns }}
language plpython3u {{ it.volatility }}{{ it.strict }} security definer cost 10000
--% for setting in it.settings
{{ setting }}
--% endfor
as {{ it.body }};
