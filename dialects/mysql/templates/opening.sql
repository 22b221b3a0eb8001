-- The settings that routines keep, and that the text below depends on; and one install at a time.
set names utf8mb4;
set session sql_mode = {{ it.sql_mode }};
set session group_concat_max_len = 1073741824, lock_wait_timeout = 60;
do get_lock('udfgen', 60);
