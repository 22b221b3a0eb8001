create or replace trigger {{ it.name }}
for {{ it.events }} on {{ it.table }}
disable
compound trigger
    -- Calls version {{ it.version }}. Enabled when it compiles: a trigger with errors would make every write fail.
{% include "kept_rows.sql" %}

    after statement is
--% for each in it.dropped
        {{ each }};
--% endfor
    begin
        for "udfgen_at" in 1 .. "udfgen_rows".count loop
            {{ it.call }};
        end loop;
        -- Should this section run twice for one statement, the rows have been called.
        "udfgen_forget";
    exception
        when others then
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
