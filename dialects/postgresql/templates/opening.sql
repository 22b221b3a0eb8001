-- The settings that the text below, and what the catalog says of it, depend on; one install at a time; no endless wait.
do $udfgen$
begin
    set local client_encoding = 'UTF8';
    set local standard_conforming_strings = on;
    set local quote_all_identifiers = off;
    set local datestyle = 'ISO, YMD';
    set local timezone = 'UTC';
    set local client_min_messages = warning;
    set local search_path = pg_catalog, pg_temp;
    perform pg_advisory_xact_lock({{ it.lock }});
    if current_setting('lock_timeout') = '0' then
        set local lock_timeout = '1min';
    end if;
end
$udfgen$;
