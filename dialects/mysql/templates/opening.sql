-- The settings that routines keep, and that the text below depends on.
set names utf8mb4;
set session sql_mode = {{ it.sql_mode }};
set session group_concat_max_len = 1073741824, lock_wait_timeout = 60;
-- The switch is a table of the engine CSV, which knows no keys.
set @udfgen = /*!80013 if(@@sql_require_primary_key, 'set session sql_require_primary_key = off', */ 'do 0' /*!80013 ) */;
prepare udfgen from @udfgen;
execute udfgen;
-- One install at a time: without the lock, the name of a table that is not there says why nothing is done.
set @udfgen = if(get_lock({{ it.lock }}, 60) = 1, 'do 0', 'select * from mysql.`another install holds the lock`');
prepare udfgen from @udfgen;
execute udfgen;
set @udfgen = null;
