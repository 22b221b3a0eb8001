-- The compiled core, with what each function may reach: nobody can add to it.
declare @assembly varbinary(max) = {{ it.bytes }};
declare @made int = (select assembly_id from sys.assemblies where name = {{ it.name_text }});
if @made is null and datalength(@assembly) = 0
    throw 50000, {{ it.missing }}, 1;
if @made is null
    create assembly {{ it.name }} authorization [dbo]
    from @assembly with permission_set = external_access;
else
begin
    if exists (select * from sys.assembly_files where assembly_id = @made and file_id > 1)
        alter assembly {{ it.name }} drop file all;
    if datalength(@assembly) > 0 and not exists (
        select * from sys.assembly_files where assembly_id = @made and file_id = 1 and content = @assembly
    )
        alter assembly {{ it.name }} from @assembly with permission_set = external_access;
    if exists (select * from sys.assemblies where assembly_id = @made and permission_set <> 2)
        alter assembly {{ it.name }} with permission_set = external_access;
    if exists (select * from sys.assemblies where assembly_id = @made and principal_id <> user_id(N'dbo'))
        alter authorization on assembly::{{ it.name }} to [dbo];
end;
