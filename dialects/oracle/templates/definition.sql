function definition(wanted_kind varchar2, wanted_name varchar2) return clob is
    -- All that drift could change of an object: its text, whether it compiles, who may use it. NULL when it is not there.
    short_name varchar2(128) := wanted_name;
    made varchar2(30);
    errors number;
    grants number := 0;
    said clob;

    procedure say(words varchar2) is
    begin
        dbms_lob.writeappend(said, nvl(length(words), 0) + 1, words || chr(10));
    end;
begin
    -- The dictionary shortens names of Java objects that are too long for it.
    if wanted_kind like 'java %' then
        short_name := dbms_java.shortname(wanted_name);
    end if;
    select max(o.timestamp) into made from user_objects o
    where o.object_name = short_name and o.object_type = upper(wanted_kind);
    if made is null then
        return null;
    end if;
    dbms_lob.createtemporary(said, true);
    if wanted_kind = 'java resource' then
        begin
            dbms_java.export_resource(wanted_name, user, said);
            say('');
        exception
            when others then
                say('made ' || made);
        end;
    end if;
    for code in (
        select rtrim(s.text, chr(13) || chr(10)) as line from user_source s
        where s.name = short_name and s.type in (upper(wanted_kind), upper(wanted_kind) || ' BODY')
        order by s.type, s.line
    ) loop
        say(code.line);
    end loop;
    select count(*) into errors from user_errors e
    where e.name = short_name
        and (e.type = upper(wanted_kind) or e.type = 'JAVA CLASS' and wanted_kind = 'java source')
        and e.attribute = 'ERROR';
    if errors > 0 then
        say('does not compile');
    end if;
    for held in (
        select distinct g.grantee, g.privilege, g.grantable from user_tab_privs g
        where g.owner = user and g.table_name = short_name
        order by g.grantee, g.privilege, g.grantable
    ) loop
        say(lower(held.privilege) || ' to ' || held.grantee || case when held.grantable = 'YES' then ' with grant option' end);
        grants := grants + 1;
    end loop;
    if grants = 0 then
        say('granted to nobody');
    end if;
    return said;
end;
