{% for line in it.heading %}
{{ line }}
{% endfor %}
-- For a DBA, once: what the Java functions of this spec need, and no more. Then sessions must connect again.
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
