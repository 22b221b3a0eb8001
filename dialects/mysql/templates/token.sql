-- Anyone may call a loadable function. This one answers the routines' owner alone: MySQL says whose rights count in a call;
-- on MariaDB the routines pass a token, which only their owner can ask for, and of which the library knows the SHA-256.
--% if it.has_secret
create table if not exists {{ it.secret }} (token char(64) character set ascii not null);
insert into {{ it.secret }} select lower(hex(random_bytes(32))) from dual where not exists (select 1 from {{ it.secret }});
grant select on {{ it.secret }} to {{ it.owner }};
--% endif
/*M! execute immediate concat(
    'create definer = {{ it.owner }} function if not exists {{ it.token }}() returns char(64) character set ascii ',
    'deterministic no sql sql security invoker return \'', lower(hex(random_bytes(32))), '\''
) */
/*!80000 create definer = {{ it.owner }} function if not exists {{ it.token }}() returns char(64) character set ascii
deterministic reads sql data sql security invoker return {{ it.mysql_token }} */;
grant execute on function {{ it.token }} to {{ it.owner }};
