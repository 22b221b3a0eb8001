-- What stands here of an install before, a function or a procedure; of others nothing is dropped.
declare @drop nvarchar(max);
select @drop = case made.type
    when 'PC' then {{ it.drop_procedure }}
    else {{ it.drop_function }}
end
from sys.objects as made
join sys.assembly_modules as module on module.object_id = made.object_id
join sys.assemblies as assembly on assembly.assembly_id = module.assembly_id
where made.object_id = object_id({{ it.name_text }})
    and assembly.name collate Latin1_General_100_BIN2 like {{ it.family }};
if @drop is not null
    exec (@drop);
