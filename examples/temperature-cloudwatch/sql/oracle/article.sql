-- What the trigger of the 2016 article does, against its own name of the function: JSON by hand, a Lambda by its name.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
create or replace trigger temp_reading_trigger
after insert on temp_reading
for each row
declare
    fn_args varchar2(255);
    res varchar2(32);
begin
    fn_args := '{"reading_time":"' || to_char(:new.reading_time, 'YYYY-MM-DD HH24:MI:SS')
        || '", "reading_value":"' || to_char(:new.reading_value, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') || '"}';
    res := awslambda_fn_async('lambdaTempReadingTrigger', fn_args);
end;
/
