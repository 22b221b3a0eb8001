begin
--% for each in it.declarations
    declare {{ each }};
--% endfor
    select {{ it.call }} into udfgen_result;
end;
