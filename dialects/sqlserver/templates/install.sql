{% for line in it.heading %}
{{ line }}
{% endfor %}
-- One transaction: all of it, or nothing. Repeat it as often as you like, after assembly.sql and in the same database.
{% include "begin.sql" %}
{% for section in sections %}

{{ section.heading }}{{ section.sql }}go
{% include "check.sql" %}
{% endfor %}

{% include "commit.sql" %}
