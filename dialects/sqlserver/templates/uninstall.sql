{% for line in it.heading %}
{{ line }}
{% endfor %}
-- Removes what the registry of this install lists, and nothing else.
{% include "begin.sql" %}
{% for statement in removal %}

{{ statement }}go
if @@trancount = 0 set noexec on;
go
{% endfor %}

{% include "commit.sql" %}
