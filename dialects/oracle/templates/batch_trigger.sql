create or replace trigger {{ it.name }}
for {{ it.events }} on {{ it.table }}
disable
compound trigger
    -- Calls version {{ it.version }}. Enabled when it compiles: a trigger with errors would make every write fail.
{% include "kept_rows.sql" %}

    after statement is
        "udfgen_batch" number;
    begin
        if "udfgen_rows".count = 0 then
            return;
        end if;
        "udfgen_batch" := {{ it.begin }};
        for "udfgen_at" in 1 .. "udfgen_rows".count loop
            {{ it.call }};
            if mod("udfgen_at", {{ it.limit }}) = 0 then
                {{ it.package }}."RUN_BATCH"("udfgen_batch");
            end if;
        end loop;
        {{ it.package }}."RUN_BATCH"("udfgen_batch");
        {{ it.package }}."CLOSE_BATCH"("udfgen_batch");
        -- Should this section run twice for one statement, the rows have been called.
        "udfgen_forget";
    exception
        when others then
            {{ it.package }}."CLOSE_BATCH"("udfgen_batch");
            "udfgen_forget";
--% for each in it.error_codes
            -- A binding that is switched off is passed by.
            if {{ each }}(sqlerrm) = 'disabled' then
                return;
            end if;
--% endfor
            raise;
    end after statement;
end;
