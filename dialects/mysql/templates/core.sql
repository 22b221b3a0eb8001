drop function if exists {{ it.udf }};
create function {{ it.udf }} returns string soname {{ it.library_text }};
