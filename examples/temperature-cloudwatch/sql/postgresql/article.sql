-- What the trigger of the 2016 article does, against its own name of the function: JSON by hand, a Lambda by its name.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- The functions must be on the search path: set search_path = public, temperature_cloudwatch;
create function call_temp_reading_trigger() returns trigger language plpgsql as $$
declare
    fn_args text := '{"reading_time":"' || to_char(new.reading_time, 'YYYY-MM-DD HH24:MI:SS')
        || '", "reading_value":"' || new.reading_value || '"}';
begin
    perform awslambda_fn_async('lambdaTempReadingTrigger', fn_args);
    return null;
end
$$;

create trigger temp_reading_trigger after insert on temp_reading
for each row execute function call_temp_reading_trigger();
