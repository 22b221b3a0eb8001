-- A trigger on the registry, or a function in a constraint of it, would run with the rights of who installs. Locked
-- first: nobody can add one from here on.
if object_id({{ it.registry_text }}, N'U') is not null
begin
    declare @rows int = (select count(*) from {{ it.registry }} with (tablockx, holdlock));
    if exists (
        select * from sys.objects
        where parent_object_id = object_id({{ it.registry_text }}) and type <> 'PK'
    )
        throw 50000, {{ it.burdened }}, 1;
end;
