create or replace {{ it.spec.head }}{{ it.spec.parameters }}
{{ it.spec.returns }}pipelined authid definer{{ it.determinism }} as
--% for line in it.comment
-- {{ line }}
--% endfor
    "rows" number := {{ it.call }};
begin
    while {{ it.package }}."NEXT_ROW"("rows") = 1 loop
        pipe row ({{ it.row }}(
            {{ it.cells | join(",\n            ") }}
        ));
    end loop;
    return;
exception
    when no_data_needed then
        {{ it.package }}."CLOSE_ROWS"("rows");
        raise;
    when others then
        {{ it.package }}."CLOSE_ROWS"("rows");
        raise;
end;
