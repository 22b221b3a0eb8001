-- What the trigger needs of its table: `udfgen plan` asks the same.
declare @unfit nvarchar(2000) = {{ it.absent }};
select @unfit = case
    when concat(place.name, N'.', found.name) collate Latin1_General_100_BIN2 <> {{ it.name_text }}
    then concat({{ it.spelled }}, place.name, N'.', found.name) collate Latin1_General_100_BIN2
    when isnull(found.principal_id, place.principal_id) <> user_id(N'dbo')
    then {{ it.of_another }}
    when found.is_memory_optimized = 1
    then {{ it.in_memory }}
end
from sys.tables as found
join sys.schemas as place on place.schema_id = found.schema_id
where found.object_id = object_id({{ it.table_text }}, N'U');
if @unfit is not null
    throw 50000, @unfit, 1;
