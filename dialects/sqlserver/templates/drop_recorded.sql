declare @drop nvarchar(max);
select @drop = string_agg(
    cast(concat(
        N'drop ' collate Latin1_General_100_BIN2, old.kind, N' ', {{ it.schema_dot_text }}, quotename(made.name), N';'
    ) as nvarchar(max)),
    N' '
)
from {{ it.registry }} as old
join sys.objects as made
    on made.schema_id = schema_id({{ it.schema_text }})
    and old.name = concat({{ it.prefix }}, made.name) collate Latin1_General_100_BIN2
    and old.kind = case made.type when 'PC' then N'procedure' else N'function' end
join sys.assembly_modules as module on module.object_id = made.object_id
join sys.assemblies as assembly on assembly.assembly_id = module.assembly_id
where assembly.name collate Latin1_General_100_BIN2 like {{ it.family }}
    and not exists (select * from @kept as kept where kept.kind = old.kind and kept.name = old.name);
if @drop is not null
    exec (@drop);
