do $udfgen$
declare
    old record;
begin
    if to_regtype({{ it.name_text }}) is null then
        create type {{ it.name }} as ({{ it.attributes | join(", ") }});
    elsif {{ it.expected_text }} is distinct from (
        select string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum)
        from pg_catalog.pg_attribute
        where attrelid = to_regclass({{ it.name_text }}) and not attisdropped
    ) then
        for old in
            select quote_ident(attname) as name from pg_catalog.pg_attribute
            where attrelid = to_regclass({{ it.name_text }}) and not attisdropped
        loop
            execute format('alter type %s drop attribute %s', {{ it.name_text }}, old.name);
        end loop;
--% for attribute in it.attributes
        alter type {{ it.name }} add attribute {{ attribute }};
--% endfor
    end if;
end
$udfgen$;
