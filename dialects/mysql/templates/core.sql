drop function if exists {{ it.udf }};
-- MySQL forgets a function that was made while a call of the one before was under way, and keeps its row.
delete from mysql.func where name = {{ it.udf_text }};
create function {{ it.udf }} returns string soname {{ it.library_text }};
