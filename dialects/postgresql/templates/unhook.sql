-- Drops the triggers that run a function, but for those that are kept; PostgreSQL copies them to partitions by itself.
create or replace procedure pg_temp.udfgen_unhook(signature text, kept text[])
language plpgsql as $udfgen$
declare
    hook record;
begin
    for hook in
        select quote_ident(made.tgname) as name, relation.oid::regclass as relation
        from pg_catalog.pg_trigger as made
        join pg_catalog.pg_class as relation on relation.oid = made.tgrelid
        join pg_catalog.pg_namespace as home on home.oid = relation.relnamespace
        where made.tgfoid = to_regprocedure(signature) and not made.tgisinternal and made.tgparentid = 0
            and format(
                '"%s" on "%s"."%s"',
                replace(made.tgname, '"', '""'), replace(home.nspname, '"', '""'), replace(relation.relname, '"', '""')
            ) <> all (kept)
    loop
        execute format('drop trigger %s on %s', hook.name, hook.relation);
    end loop;
end
$udfgen$;
