{% for line in it.heading %}
{{ line }}
{% endfor %}
-- Removes what this spec installs, and nothing else. A DBA may take back what permissions.sql gave.
set define off
set sqlblanklines on
whenever sqlerror exit failure rollback

declare
    -- What the registry does not list is somebody else's, whatever its name; without a registry nothing is ours.
    function is_ours(made_kind varchar2, made_name varchar2) return boolean is
        listed number;
        elsewhere number;
    begin
        execute immediate q'[
            select count(*), count(case when t.trigger_name is not null
                and dbms_lob.instr(r.definition, ' on ' || t.table_owner || '.' || t.table_name || ' ') = 0 then 1 end)
            from {{ it.registry }} r
            left join user_triggers t on r.kind = 'trigger' and t.trigger_name = r.name
            where r.kind = :kind and r.name = :name
        ]' into listed, elsewhere using made_kind, made_name;
        if elsewhere = 1 then
            raise_application_error(
                -20000, 'trigger ' || made_name || ' stands on another table than this install made it on: '
                || 'move it away, or let udfgen uninstall drop it'
            );
        end if;
        return listed = 1;
    exception
        when others then
            if sqlcode <> -942 then
                raise;
            end if;
            return false;
    end;

    -- Passes when there is no such object.
    procedure remove(made_kind varchar2, made_name varchar2, statement varchar2) is
    begin
        if is_ours(made_kind, made_name) then
            execute immediate statement;
        end if;
    exception
        when others then
            if sqlcode not in (-942, -4043, -4080, -29501) then
                raise;
            end if;
    end;
begin
{% for each in it.drops %}
    remove({{ each.row.kind }}, {{ each.row.name }}, {{ each.statement }});
{% endfor %}
end;
/
{% for statement in removal %}

{{ statement }}/
{% endfor %}
