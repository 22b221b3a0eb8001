-- Old rows and new ones are paired by the key of the trigger: it must tell them apart.
if not exists (
{% include "unique.sql" %}
)
    throw 50000, {{ it.not_unique }}, 1;
