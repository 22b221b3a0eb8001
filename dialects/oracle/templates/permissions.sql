{% for line in it.heading %}
{{ line }}
{% endfor %}
-- For a DBA, once: what this spec needs, and no more. Then sessions must connect again.
set define off
set sqlblanklines on
whenever sqlerror exit failure rollback

begin
{% for row in it.rows %}
    dbms_java.grant_permission({{ row }});
{% endfor %}
    commit;
end;
/
{% for each in it.rights %}

{{ each }}
/
{% endfor %}
