do $udfgen$
declare
    old record;
begin
    if to_regtype({{ it.name_text }}) is null then
        create type {{ it.name }} as ({{ it.attributes | join(", ") }});
    end if;
    for old in
        select quote_ident(attname) as name from pg_catalog.pg_attribute
        where attrelid = to_regclass({{ it.name_text }}) and not attisdropped
            and format('%s %s', attname, format_type(atttypid, atttypmod)) <> all ({{ it.wanted }})
    loop
        execute format('alter type %s drop attribute %s', {{ it.name_text }}, old.name);
    end loop;
    for old in
        select wanted.attribute from unnest({{ it.wanted }}) with ordinality as wanted (attribute, place)
        where not exists (
            select from pg_catalog.pg_attribute
            where attrelid = to_regclass({{ it.name_text }}) and not attisdropped
                and format('%s %s', attname, format_type(atttypid, atttypmod)) = wanted.attribute
        )
        order by wanted.place
    loop
        execute format('alter type %s add attribute %s', {{ it.name_text }}, old.attribute);
    end loop;
end
$udfgen$;
