{% for line in it.heading %}
{{ line }}
{% endfor %}
-- Removes what this spec installs, and nothing else. A DBA may take back what permissions.sql gave.
set define off
set sqlblanklines on
whenever sqlerror exit failure rollback

declare
    -- Passes when there is no such object.
    procedure remove(statement varchar2) is
    begin
        execute immediate statement;
    exception
        when others then
            if sqlcode not in (-942, -4043, -4080, -29501) then
                raise;
            end if;
    end;
begin
{% for statement in it.drops %}
    remove({{ statement }});
{% endfor %}
end;
/
{% for statement in removal %}

{{ statement }}/
{% endfor %}
