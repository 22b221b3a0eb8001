create or replace {{ it.head }}
{{ it.returns }}authid definer as
--% for line in it.comment
-- {{ line }}
--% endfor
{% include "batch_rows.sql" %}
    "piped" pls_integer;
begin
    loop
{% include "batch_fetch.sql" %}
        "piped" := 0;
        while {{ it.package }}."NEXT_ROW"("batch") = 1 loop
            "piped" := "piped" + 1;
            pipe row ({{ it.row }}({{ it.cells }}));
        end loop;
    end loop;
    {{ it.package }}."CLOSE_BATCH"("batch");
    close "ROWS";
    return;
exception
    when no_data_needed then
        {{ it.package }}."CLOSE_BATCH"("batch");
        raise;
    when others then
        {{ it.package }}."CLOSE_BATCH"("batch");
        raise;
end;
