-- The settings that routines keep, and that the text below depends on; and one install at a time.
set names utf8mb4;
set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', group_concat_max_len = 1073741824, lock_wait_timeout = 60;
do get_lock('udfgen', 60);
