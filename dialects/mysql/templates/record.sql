-- Write down what the catalog now reports.
create temporary table {{ it.place.private }}.`found` (kind varchar(20), name varchar(300), primary key (kind, name)) as
{% with it = it.place %}{% include "catalog.sql" %}{% endwith %};
update {{ it.place.registry }} as registry
join {{ it.place.private }}.`found` as found on found.kind = registry.kind and found.name = registry.name
set registry.definition = found.definition
where registry.desired <> '';
delete from {{ it.place.registry }}
where desired <> '' and kind <> 'core' and (kind, name) not in (select kind, name from {{ it.place.private }}.`found`);
drop temporary table {{ it.place.private }}.`found`;
set @udfgen = {{ it.place.facts }};
update {{ it.place.registry }}
set definition = if(@udfgen like '%door: shut%', '', @udfgen)
where kind = 'core' and name = {{ it.place.udf_text }};
delete from {{ it.place.registry }}
where kind = 'core' and name not in (select convert(name using utf8mb4) collate utf8mb4_bin from mysql.func);
set @udfgen = null;
