create or replace function {{ it.name }}("MESSAGE" in varchar2)
return varchar2 deterministic authid definer as
-- The code in the text of an error of udfgen, such as throttled; null for any other text.
begin
    return regexp_substr("MESSAGE", '\[udfgen ([^]]+)\]', 1, 1, null, 1);
end;
