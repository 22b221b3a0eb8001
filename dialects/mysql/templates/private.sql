-- What nobody else may read: the registry, by which drift is told from change, and the token that closes the door.
set @udfgen = (select count(*) from information_schema.schemata where schema_name = {{ it.private_text }});
create database if not exists {{ it.private }} character set utf8mb4 collate utf8mb4_bin;
create table if not exists {{ it.registry }} (
    kind varchar(20) not null,
    name varchar(300) not null,
    desired varchar(64) not null,
    definition longtext not null,
    primary key (kind, name)
);
-- What this install made or is about to make, and so will take away again.
insert ignore into {{ it.registry }} select 'database', {{ it.private_name_text }}, '', '' from dual where @udfgen = 0;
insert ignore into {{ it.registry }}
select 'database', {{ it.database_name_text }}, '', '' from dual
where not exists (select 1 from information_schema.schemata where schema_name = {{ it.database_text }});
insert ignore into {{ it.registry }}
select 'account', {{ it.owner_name_text }}, '', '' from dual
where not exists (select 1 from mysql.user where user = {{ it.owner_user_text }} and host = {{ it.owner_host_text }});
set @udfgen = null;
