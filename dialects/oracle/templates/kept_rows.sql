    type "udfgen_row" is record ({{ it.fields }});
    type "udfgen_list" is table of "udfgen_row" index by pls_integer;
    "udfgen_rows" "udfgen_list";
    -- Set here too: in the row sections of a MERGE, what BEFORE STATEMENT set may be NULL (Oracle's note 1393441.1).
    "udfgen_time" timestamp with time zone := systimestamp;
{% for each in it.copies %}

    -- The locator of a row's column is good for its row section alone: what is kept is a copy.
    function {{ each.name }}("given" in {{ each.type }}) return {{ each.type }} is
        "copied" {{ each.type }};
    begin
        if "given" is not null then
            dbms_lob.createtemporary("copied", true);
            dbms_lob.append("copied", "given");
        end if;
        return "copied";
    end;
{% endfor %}

    procedure "udfgen_forget" is
    begin
--% for each in it.lobs
        for "udfgen_at" in 1 .. "udfgen_rows".count loop
            if dbms_lob.istemporary({{ each }}) = 1 then
                dbms_lob.freetemporary({{ each }});
            end if;
        end loop;
--% endfor
        "udfgen_rows".delete;
    end;

    before statement is
    begin
        -- A statement that the server begins again has written nothing so far.
        "udfgen_forget";
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
    exception
        when others then
            "udfgen_forget";
            raise;
    end after each row;
