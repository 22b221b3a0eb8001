{% for line in it.heading %}
{{ line }}
{% endfor %}
-- Not one transaction: DDL commits by itself here. What is made is closed until the grants at the end; repeat it as you
-- like, as the schema that is to own it all. First a DBA runs permissions.sql.
set define off
set sqlblanklines on
whenever sqlerror exit failure rollback
{% for section in sections %}

{{ section.heading }}{{ section.sql }}/
{% endfor %}
