create or replace trigger {{ it.name }}
for {{ it.events }} on {{ it.table }}
disable
compound trigger
    -- Calls version {{ it.version }}. Enabled when it compiles: a trigger with errors would make every write fail.
    -- Set here too: in the row sections of a MERGE, what BEFORE STATEMENT set may be NULL (Oracle's note 1393441.1).
    "udfgen_time" timestamp with time zone := systimestamp;

    before statement is
    begin
        "udfgen_time" := systimestamp;
    end before statement;

    after each row is
--% for each in it.dropped
        {{ each }};
--% endfor
    begin
--% for each in it.passes
        if {{ each }} then
            return;
        end if;
--% endfor
        {{ it.call }};
--% for each in it.error_codes
    exception
        when others then
            -- A binding that is switched off is passed by.
            if nvl({{ each }}(sqlerrm), '-') <> 'disabled' then
                raise;
            end if;
--% endfor
    end after each row;
end;
