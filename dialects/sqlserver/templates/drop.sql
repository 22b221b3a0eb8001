-- What stands here of an install before, a function or a procedure; of others nothing is dropped.
declare @drop nvarchar(max);
select @drop = case
    when made.type in ('P', 'PC') then {{ it.drop_procedure }}
    else {{ it.drop_function }}
end
from sys.objects as made
left join sys.assembly_modules as module on module.object_id = made.object_id
left join sys.assemblies as assembly on assembly.assembly_id = module.assembly_id
left join sys.extended_properties as mark
    on mark.class = 1 and mark.major_id = made.object_id and mark.minor_id = 0 and mark.name = {{ it.label }}
where made.object_id = object_id({{ it.name_text }}) and (
    assembly.name collate Latin1_General_100_BIN2 like {{ it.family }}
    or cast(mark.value as nvarchar(128)) collate Latin1_General_100_BIN2 = {{ it.program }}
);
if @drop is not null
    exec (@drop);
