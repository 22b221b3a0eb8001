create or replace package body {{ it.setup }} as
{% filter indent(4, first=true) %}
{% include "definition.sql" %}
{% endfilter %}

    procedure revoke_all(known_as varchar2) is
    begin
        for held in (
            select grantee, privilege, type as kind from user_tab_privs
            where owner = user and grantor = user and table_name = known_as
            union
            select grantee, privilege, 'TABLE' from user_col_privs
            where owner = user and grantor = user and table_name = known_as
        ) loop
            execute immediate
                'revoke ' || held.privilege || ' on '
                || case when held.kind in ('JAVA SOURCE', 'JAVA RESOURCE') then held.kind end
                || ' "' || known_as || '" from "' || held.grantee || '"'
                || case held.kind when 'TYPE' then ' force' end;
        end loop;
    end;

    -- A function that becomes a procedure, or the reverse, needs the name.
    procedure drop_former(made_kind varchar2, known_as varchar2) is
    begin
        for former in (
            select o.object_type as kind from user_objects o
            join {{ it.registry }} r on r.kind = lower(o.object_type) and r.name = o.object_name
            where o.object_name = known_as and o.object_type <> upper(made_kind)
        ) loop
            execute immediate 'drop ' || former.kind || ' "' || known_as || '"';
        end loop;
    end;

    -- A body is nothing of ours.
    procedure drop_body(made_kind varchar2, known_as varchar2) is
    begin
        for added in (
            select object_type as kind from user_objects
            where object_name = known_as and object_type = upper(made_kind) || ' BODY'
        ) loop
            execute immediate 'drop ' || added.kind || ' "' || known_as || '"';
        end loop;
    end;

    -- Nobody but the owner may use it until the end: CREATE OR REPLACE would keep what was granted.
    procedure close_made(made_kind varchar2, made_name varchar2) is
        known_as varchar2(128) := short_name(made_kind, made_name);
    begin
        revoke_all(known_as);
        if made_kind in ('function', 'procedure') then
            drop_former(made_kind, known_as);
        elsif made_kind in ('package', 'type') then
            drop_body(made_kind, known_as);
        end if;
    end;

    -- A write must not fail because what its trigger calls is being changed: until the end it calls nothing. A trigger
    -- cannot be replaced on another table.
    procedure stop_trigger(made_name varchar2, on_table varchar2) is
    begin
        for found in (
            select r.name as ours, case when t.table_owner = user and t.table_name = on_table then 1 end as stays
            from user_triggers t
            left join {{ it.registry }} r on r.kind = 'trigger' and r.name = t.trigger_name
            where t.trigger_name = made_name
        ) loop
            if found.ours is null then
                raise_application_error(-20000, 'trigger ' || made_name || ' is not from this install');
            elsif found.stays = 1 then
                execute immediate 'alter trigger "' || made_name || '" disable';
            else
                execute immediate 'drop trigger "' || made_name || '"';
            end if;
        end loop;
    end;

    -- Oracle makes what does not compile, and only warns.
    procedure check_made(made_kind varchar2, made_name varchar2) is
        known_as varchar2(128) := short_name(made_kind, made_name);
    begin
        for wrong in (
            select o.object_type as kind, e.line, e.text from user_objects o
            left join user_errors e on e.name = o.object_name and e.type = o.object_type and e.attribute = 'ERROR'
            where o.object_name = known_as
                and (o.object_type = upper(made_kind) or o.object_type = 'JAVA CLASS' and made_kind = 'java source')
                and (e.text is not null or o.status <> 'VALID' and o.object_type <> 'JAVA CLASS')
            order by e.sequence
        ) loop
            raise_application_error(
                -20000, wrong.kind || ' ' || known_as || ', line ' || wrong.line || ': ' || substr(wrong.text, 1, 400)
            );
        end loop;
    end;

    -- The next install compares what the dictionary reports then: by a query, like this one.
    procedure record_made is
        found clob;
    begin
        for ours in (select kind, name from {{ it.registry }}) loop
            select definition(ours.kind, ours.name) into found from dual;
            if found is null then
                delete from {{ it.registry }} where kind = ours.kind and name = ours.name;
            else
                update {{ it.registry }} set definition = found where kind = ours.kind and name = ours.name;
            end if;
        end loop;
        commit;
    end;
end;
