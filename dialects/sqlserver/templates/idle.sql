-- Assemblies of this program that nothing stands on any more, recorded or not.
insert into #gone (name)
select name
from sys.assemblies as assembly
where name collate Latin1_General_100_BIN2 like {{ it.family }}
    and not exists (select * from sys.assembly_modules where assembly_id = assembly.assembly_id);
declare @drop nvarchar(max);
select @drop = string_agg(cast(concat(N'drop assembly ', quotename(name), N';') as nvarchar(max)), N' ')
from #gone;
if @drop is not null
    exec (@drop);
