-- A switch that was changed by hand is made anew below, with the rows that it has: of two for a binding the stricter.
drop table if exists #modes;
create table #modes (
    binding nvarchar(128) collate Latin1_General_100_BIN2 not null,
    mode nvarchar(10) collate Latin1_General_100_BIN2 not null
);
declare @switch int = object_id({{ it.switch_text }}, N'U');
if @switch is not null and not exists (
    select * from sys.extended_properties
    where class = 1 and major_id = @switch and minor_id = 0 and name = {{ it.label }}
        and cast(value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
)
    throw 50000, {{ it.others_switch }}, 1;
declare @columns nvarchar(max) = (
    select string_agg(
        cast(concat(
            name, N' ' collate Latin1_General_100_BIN2, type_name(user_type_id), N' ', max_length, case is_computed when 1 then N' computed' end
        ) as nvarchar(max)),
        N', '
    ) within group (order by column_id)
    from sys.columns
    where object_id = @switch
);
if @columns collate Latin1_General_100_BIN2 <> N'binding nvarchar 256, mode nvarchar 20'
    or exists (select * from sys.objects where parent_object_id = @switch and type <> 'PK')
begin
    if 2 > (
        select count(*) from sys.columns
        where object_id = @switch and name in (N'binding', N'mode') and is_computed = 0
    )
        throw 50000, {{ it.lost_switch }}, 1;
    insert into #modes (binding, mode)
    exec ({{ it.read_switch }});
    drop table {{ it.switch }};
end;
