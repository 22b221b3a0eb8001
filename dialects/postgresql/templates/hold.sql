-- Locks the tables whose triggers change: all of them or none, so that nothing is held while one of them is waited for. A
-- lock that waits holds up every later writer, so no try is long; an autovacuum steps aside for it within one.
create or replace procedure pg_temp.udfgen_hold(is_removal boolean)
language plpgsql as {{ it.watched.tag }}
declare
    patience text := current_setting('lock_timeout');
    deadlocks text := current_setting('deadlock_timeout');
    began timestamptz := clock_timestamp();
    change record;
begin
    loop
        begin
            set local lock_timeout = '250ms';
            set local deadlock_timeout = '100ms';
            for change in
                select relation.oid::regclass as name, bool_or(touched.is_dropped) as is_dropped,
                    case when relation.relkind = 'r' then 'only ' else '' end as only
                from (
                    select made.tgrelid, true from pg_catalog.pg_trigger as made
                    join {{ it.registry }} as old on old.kind = 'trigger' and to_regprocedure(old.name) = made.tgfoid
                    where not made.tgisinternal and made.tgparentid = 0 and (
                        is_removal
                        or not exists (
                            select from unnest({{ it.watched.hooks }}, {{ it.watched.tables }}) as wanted (hook, relation)
                            where wanted.hook = made.tgname and to_regclass(wanted.relation) = made.tgrelid
                        )
                    )
                    union all
                    select to_regclass(name), false
                    from unnest(nullif(current_setting('udfgen.wanted', true), '')::text[]) as given (name)
                ) as touched (relation, is_dropped)
                join pg_catalog.pg_class as relation on relation.oid = touched.relation and relation.relkind in ('r', 'p')
                group by relation.oid
                order by relation.oid
            loop
                execute format(
                    'lock table %s%s in %s mode',
                    change.only, change.name, case when change.is_dropped then 'access exclusive' else 'share row exclusive' end
                );
            end loop;
            exit;
        exception when lock_not_available then
            if clock_timestamp() > began + patience::interval then
                raise exception using
                    errcode = 'lock_not_available',
                    message = format('table %s is in use: its triggers could not be changed in %s', change.name, patience),
                    detail = pg_temp.udfgen_users_of(change.name, change.is_dropped),
                    hint = 'Wait for them or end them; or give more time by --lock-timeout, in psql by lock_timeout.';
            end if;
        end;
        perform pg_sleep(0.75);
    end loop;
    perform set_config('lock_timeout', patience, true), set_config('deadlock_timeout', deadlocks, true);
end
{{ it.watched.tag }};
