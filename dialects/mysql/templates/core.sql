drop function if exists {{ it.udf }};
-- MySQL may have forgotten a function that was made while a call of one of this name was under way, but for its row.
delete from mysql.func where name = {{ it.udf_text }};
create function {{ it.udf }} returns string soname {{ it.library_text }};
