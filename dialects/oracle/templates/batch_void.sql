create or replace {{ it.head }}
{{ it.returns }}authid definer as
--% for line in it.comment
-- {{ line }}
--% endfor
{% include "batch_rows.sql" %}
begin
    loop
{% include "batch_fetch.sql" %}
    end loop;
    {{ it.package }}."CLOSE_BATCH"("batch");
    close "ROWS";
exception
    when others then
        {{ it.package }}."CLOSE_BATCH"("batch");
        raise;
end;
