drop function if exists {{ it.place.udf }};
-- MySQL may have forgotten a function that was made while a call of one of this name was under way, but for its row.
delete from mysql.func where name = {{ it.place.udf_text }};
create function {{ it.place.udf }} returns string soname {{ it.library_text }};
-- Done, whatever cuts the rest: triggers will stand on it, and while it is made anew their tables could not be written.
set @udfgen = {{ it.place.facts }};
update {{ it.place.registry }}
set definition = if(@udfgen like '%door: shut%', '', @udfgen)
where kind = 'core' and name = {{ it.place.udf_text }};
set @udfgen = null;
