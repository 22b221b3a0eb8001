-- What the switch says now, also within a transaction that sees only what was there when it began: a line for each
-- binding that is not live.
create function {{ it.modes }} ()
returns nvarchar(max)
as
begin
    return (
        select string_agg(cast(concat(binding, N' ' collate Latin1_General_100_BIN2, mode) as nvarchar(max)), nchar(10))
        from {{ it.switch }} with (readcommittedlock)
    );
end;
