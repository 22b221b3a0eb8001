create or replace package {{ it.name }} authid definer as
    -- Granted to nobody: how what is written in PL/SQL reaches Java, and what `udfgen doctor` asks.
--% for each in it.specs
    {{ each.head }}{{ each.parameters }} {{ each.returns }}as language java
        name {{ each.java }};
--% endfor
end;
