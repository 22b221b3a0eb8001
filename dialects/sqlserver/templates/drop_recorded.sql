-- A trigger that has lost its mark was made anew by somebody, and may call what would be dropped.
declare @theirs nvarchar(2000);
select @theirs = left(string_agg(cast(old.name as nvarchar(max)), N', '), 1000)
from {{ it.registry }} as old
join sys.objects as made on made.type = 'TR'
join sys.schemas as place on place.schema_id = made.schema_id
where old.kind = N'trigger'
    and old.name = concat(place.name, N'.', made.name) collate database_default
    and not exists (select * from @kept as kept where kept.kind = old.kind and kept.name = old.name)
    and not exists (
        select * from sys.extended_properties as mark
        where mark.class = 1 and mark.major_id = made.object_id and mark.minor_id = 0 and mark.name = {{ it.label }}
            and cast(mark.value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
    );
if @theirs is not null
begin
    set @theirs = concat(@theirs, {{ it.unmarked }});
    throw 50000, @theirs, 1;
end;
declare @drop nvarchar(max);
select @drop = string_agg(
    cast(concat(
        N'drop ' collate Latin1_General_100_BIN2, old.kind, N' ', quotename(place.name), N'.', quotename(made.name), N';'
    ) as nvarchar(max)),
    N' '
) within group (order by case old.kind when N'trigger' then 0 else 1 end, old.kind, old.name)
from {{ it.registry }} as old
join sys.objects as made
    on old.kind = case
        when made.type in ('P', 'PC') then N'procedure'
        when made.type = 'TR' then N'trigger'
        else N'function'
    end
join sys.schemas as place
    on place.schema_id = made.schema_id
    and old.name = concat(place.name, N'.', made.name) collate database_default
left join sys.assembly_modules as module on module.object_id = made.object_id
left join sys.assemblies as assembly on assembly.assembly_id = module.assembly_id
left join sys.extended_properties as mark
    on mark.class = 1 and mark.major_id = made.object_id and mark.minor_id = 0 and mark.name = {{ it.label }}
where not exists (select * from @kept as kept where kept.kind = old.kind and kept.name = old.name)
    and (
        assembly.name collate Latin1_General_100_BIN2 like {{ it.family }}
        or cast(mark.value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
    );
if @drop is not null
    exec (@drop);
