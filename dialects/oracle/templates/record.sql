declare
    -- Write down what the dictionary now reports.
    found clob;

{% filter indent(4, first=true) %}
{% include "definition.sql" %}
{% endfilter %}
begin
    for each in (select kind, name from {{ it.registry }}) loop
        found := definition(each.kind, each.name);
        if found is null then
            delete from {{ it.registry }} where kind = each.kind and name = each.name;
        else
            update {{ it.registry }} set definition = found where kind = each.kind and name = each.name;
        end if;
    end loop;
    commit;
end;
