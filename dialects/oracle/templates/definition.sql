function short_name(made_kind varchar2, made_name varchar2) return varchar2 is
    -- The dictionary shortens the names of Java objects that are too long for it.
begin
    return case when made_kind like 'java %' then dbms_java.shortname(made_name) else made_name end;
end;

function dictionary_type(made_kind varchar2) return varchar2 is
begin
    return case made_kind when 'switch' then 'TABLE' else upper(made_kind) end;
end;

function definition(made_kind varchar2, made_name varchar2) return clob is
    -- All that drift could change of an object: text, grants, whether it compiles. NULL when it is not there.
    known_as varchar2(128) := short_name(made_kind, made_name);
    made varchar2(30);
    errors number;
    grants number := 0;
    said clob;

    procedure say(words varchar2) is
    begin
        dbms_lob.writeappend(said, nvl(length(words), 0) + 1, words || chr(10));
    end;
begin
    select max(o.timestamp) into made from user_objects o
    where o.object_name = known_as and o.object_type = dictionary_type(made_kind);
    if made is null then
        return null;
    end if;
    dbms_lob.createtemporary(said, true);
    if made_kind = 'java resource' then
        begin
            dbms_java.export_resource(made_name, user, said);
            say('');
        exception
            when others then
                say('made ' || made);
        end;
    end if;
    for code in (
        select rtrim(s.text, chr(13) || chr(10)) as line from user_source s
        where s.name = known_as and s.type in (upper(made_kind), upper(made_kind) || ' BODY')
        order by s.type, s.line
    ) loop
        say(code.line);
    end loop;
    for fires in (
        select t.table_owner, t.table_name, lower(t.trigger_type || ' ' || t.triggering_event) as events,
            t.when_clause, lower(t.status) as status
        from user_triggers t where t.trigger_name = known_as and made_kind = 'trigger'
    ) loop
        say(fires.events || ' on ' || fires.table_owner || '.' || fires.table_name || ' ' || fires.when_clause);
        say(fires.status);
    end loop;
    for part in (
        select c.column_name, lower(c.data_type) as data_type, c.char_length from user_tab_columns c
        where c.table_name = known_as and made_kind = 'switch'
        order by c.column_id
    ) loop
        say('"' || part.column_name || '" ' || part.data_type || '(' || part.char_length || ')');
    end loop;
    select count(*) into errors from user_errors e
    where e.name = known_as and e.attribute = 'ERROR'
        and (
            e.type in (upper(made_kind), upper(made_kind) || ' BODY')
            or e.type = 'JAVA CLASS' and made_kind = 'java source'
        );
    if errors > 0 then
        say('does not compile');
    end if;
    for held in (
        select g.grantee, lower(g.privilege) as privilege, g.grantable from (
            select grantee, privilege, grantable from user_tab_privs where owner = user and table_name = known_as
            union
            select grantee, privilege || ' of ' || column_name, grantable from user_col_privs
            where owner = user and table_name = known_as
        ) g
        -- Nobody is granted a trigger: a table may have its name.
        where made_kind <> 'trigger'
        order by nlssort(g.grantee, 'nls_sort=binary'), g.privilege, g.grantable
    ) loop
        say(held.privilege || ' to ' || held.grantee || case held.grantable when 'YES' then ' with grant option' end);
        grants := grants + 1;
    end loop;
    if grants = 0 then
        say('granted to nobody');
    end if;
    return said;
end;
