-- Who holds a table: its readers too, where they are waited for.
create or replace function pg_temp.udfgen_users_of(relation regclass, readers boolean) returns text
language sql as $udfgen$
    select 'Held by ' || string_agg(distinct coalesce(
        format('process %s of %s', held.pid, coalesce(quote_ident(session.usename), session.backend_type)),
        'a prepared transaction'
    ), ', ') || '.'
    from pg_catalog.pg_locks as held
    left join pg_catalog.pg_stat_activity as session on session.pid = held.pid
    where held.locktype = 'relation' and held.granted and held.pid is distinct from pg_backend_pid()
        and held.database = (select oid from pg_catalog.pg_database where datname = current_database())
        and (held.relation = $1 or held.relation in (select part.relid from pg_partition_tree($1) as part))
        and (readers or held.mode not in ('AccessShareLock', 'RowShareLock'))
$udfgen$;
