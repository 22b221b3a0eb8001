do $udfgen$
begin
    if not exists (select from pg_catalog.pg_extension where extname = 'plpython3u') then
        create extension plpython3u;
        insert into {{ it.registry }} values ('extension', 'plpython3u', '', '') on conflict do nothing;
    end if;
end
$udfgen$;
