-- Anyone may call a loadable function. This one answers only who can read the token: the routines' owner.
create table if not exists {{ it.token }} (token char(64) character set ascii not null);
insert into {{ it.token }} select lower(hex(random_bytes(32))) from dual where not exists (select 1 from {{ it.token }});
grant select on {{ it.token }} to {{ it.owner }};
