delete from {{ it.switch }} where binding = {{ it.binding_text }};
{% include "flush.sql" %}
