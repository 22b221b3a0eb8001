-- The code in the text of an error of udfgen, such as throttled; null for any other text.
create function {{ it.error_code }} (@message nvarchar(4000))
returns nvarchar(40)
with schemabinding
as
begin
    declare @start int = nullif(charindex(N'[udfgen ', @message), 0) + 8; -- The first one behind it.
    declare @end int = nullif(charindex(N']', @message, @start), 0);
    return substring(@message, @start, @end - @start);
end;
