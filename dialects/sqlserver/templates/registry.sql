-- What was installed, as the catalog reported it: by this, drift is told from change.
if object_id({{ it.registry_text }}, N'U') is null
    create table {{ it.registry }} (
        kind nvarchar(20) collate Latin1_General_100_BIN2 not null,
        name nvarchar(300) collate Latin1_General_100_BIN2 not null,
        desired nvarchar(64) collate Latin1_General_100_BIN2 not null,
        definition nvarchar(max) collate Latin1_General_100_BIN2 not null,
        primary key (kind, name)
    );
else if exists (
    select * from sys.objects
    where object_id = object_id({{ it.registry_text }}) and principal_id is not null
)
    alter authorization on object::{{ it.registry }} to schema owner;
