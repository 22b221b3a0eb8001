-- Refused at 2:6: texts are not quoted as PostgreSQL's may be.
exec $$select 1$$;
