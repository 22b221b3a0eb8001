-- The core: what reaches Lambda. A wrapper runs this once per database session; it only fills GD.
create or replace function {{ it.signature }} returns void
language plpython3u volatile
set search_path = pg_catalog, pg_temp
as {{ it.body }};
