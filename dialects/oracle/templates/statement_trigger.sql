create or replace trigger {{ it.name }}
for {{ it.events }} on {{ it.table }}
disable
compound trigger
    -- Calls version {{ it.version }}. Enabled when it compiles: a trigger with errors would make every write fail.
    type "udfgen_row" is record ({{ it.fields }});
    type "udfgen_list" is table of "udfgen_row" index by pls_integer;
    "udfgen_rows" "udfgen_list";
    -- Set here too: in the row sections of a MERGE, what BEFORE STATEMENT set may be NULL (Oracle's note 1393441.1).
    "udfgen_time" timestamp with time zone := systimestamp;

    before statement is
    begin
        -- A statement that the server begins again has written nothing so far.
        "udfgen_rows".delete;
        "udfgen_time" := systimestamp;
    end before statement;

    after each row is
        "udfgen_new" "udfgen_row";
    begin
--% for each in it.passes
        if {{ each }} then
            return;
        end if;
--% endfor
--% for each in it.arguments
        "udfgen_new".{{ each.name }} := {{ each.value }};
--% endfor
        "udfgen_rows"("udfgen_rows".count + 1) := "udfgen_new";
    end after each row;

    after statement is
--% for each in it.dropped
        {{ each }};
--% endfor
    begin
        for "udfgen_at" in 1 .. "udfgen_rows".count loop
            {{ it.call }};
        end loop;
        -- Should this section run twice for one statement, the rows have been called.
        "udfgen_rows".delete;
--% for each in it.error_codes
    exception
        when others then
            -- A binding that is switched off is passed by.
            if nvl({{ each }}(sqlerrm), '-') <> 'disabled' then
                raise;
            end if;
--% endfor
    end after statement;
end;
