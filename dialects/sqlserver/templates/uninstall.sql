{% for line in it.heading %}
{{ line }}
{% endfor %}
-- Removes what the registry of this install lists, assemblies of it that nothing stands on, and nothing else.
{% include "begin.sql" %}
{% for statement in removal %}

{{ statement }}go
{% include "check.sql" %}
{% endfor %}

{% include "commit.sql" %}
