-- The rows of before and after are paired by these columns.
do {{ it.tag }}
begin
    if not {{ it.condition }} then
        raise exception using message = {{ it.message }}, hint = {{ it.hint }};
    end if;
end
{{ it.tag }};
