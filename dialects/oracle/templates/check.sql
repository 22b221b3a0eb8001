{% set name = "dbms_java.shortname(" ~ it.name_text ~ ")" if it.is_java else it.name_text %}
begin
    -- Oracle makes what does not compile, and only warns.
    for wrong in (
        select o.object_type as kind, o.object_name as name, e.line, e.text from user_objects o
        left join user_errors e on e.name = o.object_name and e.type = o.object_type and e.attribute = 'ERROR'
{% if it.is_java %}
        where o.object_name = {{ name }} and o.object_type in ({{ it.kind_text }}, 'JAVA CLASS')
            and (e.text is not null or o.status <> 'VALID' and o.object_type <> 'JAVA CLASS')
{% else %}
        where o.object_name = {{ name }} and o.object_type = {{ it.kind_text }} and o.status <> 'VALID'
{% endif %}
        order by e.sequence
    ) loop
        raise_application_error(
            -20000, wrong.kind || ' ' || wrong.name || ', line ' || wrong.line || ': ' || substr(wrong.text, 1, 400)
        );
    end loop;
end;
