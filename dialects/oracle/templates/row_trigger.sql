create or replace trigger {{ it.name }}
after {{ it.events }} on {{ it.table }}
for each row
disable
declare
    -- Calls version {{ it.version }}. Enabled when it compiles: a trigger with errors would make every write fail.
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
end;
