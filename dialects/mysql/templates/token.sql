-- For a server that does not say whose rights count in a call: only the routines' owner can read this, and show it.
create table if not exists {{ it.token }} (token char(64) character set ascii primary key);
insert into {{ it.token }} select lower(hex(random_bytes(32))) from dual where not exists (select 1 from {{ it.token }});
grant select on {{ it.token }} to {{ it.owner }};
