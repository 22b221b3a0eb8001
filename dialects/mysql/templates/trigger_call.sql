begin
--% for each in it.declarations
    declare {{ each }};
--% endfor
    set udfgen_result = {{ it.call }};
end;
