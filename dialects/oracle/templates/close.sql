{% set name = "dbms_java.shortname(" ~ it.name_text ~ ")" if it.is_java else it.name_text %}
begin
    -- Nobody but the owner may use it until the end: CREATE OR REPLACE would keep what was granted.
    for held in (
        select distinct grantee, privilege, type as kind, table_name as name from user_tab_privs
        where owner = user and grantor = user and table_name = {{ name }}
    ) loop
        execute immediate
{% if it.is_java %}
            'revoke ' || held.privilege || ' on ' || nullif(held.kind, 'JAVA CLASS') || ' "' || held.name || '" from "'
            || held.grantee || '"';
{% elif it.is_routine %}
            'revoke ' || held.privilege || ' on "' || held.name || '" from "' || held.grantee || '"';
{% else %}
            'revoke ' || held.privilege || ' on "' || held.name || '" from "' || held.grantee || '"'
            || case held.kind when 'TYPE' then ' force' end;
{% endif %}
    end loop;
{% if it.is_routine %}
    -- A function that becomes a procedure, or the reverse, needs the name.
    for former in (
        select o.object_type as kind, o.object_name as name from user_objects o
        join {{ it.place.registry }} r on r.kind = lower(o.object_type) and r.name = o.object_name
        where o.object_name = {{ name }} and o.object_type <> {{ it.kind_text }}
    ) loop
        execute immediate 'drop ' || former.kind || ' "' || former.name || '"';
    end loop;
{% elif not it.is_java %}
    -- A body is nothing of ours.
    for added in (
        select object_type as kind, object_name as name from user_objects
        where object_name = {{ name }} and object_type = {{ it.kind_text }} || ' BODY'
    ) loop
        execute immediate 'drop ' || added.kind || ' "' || added.name || '"';
    end loop;
{% endif %}
end;
