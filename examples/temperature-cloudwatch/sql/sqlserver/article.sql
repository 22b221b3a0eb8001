-- What the trigger of the 2016 article does, against its own name of the function: JSON by hand, a Lambda by its name.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- A trigger is run once per statement here, so it calls for each row of "inserted".
create trigger dbo.temp_reading_trigger on dbo.temp_reading after insert
as
begin
    set nocount on;
    declare @called table (res nvarchar(max));

    insert into @called (res)
    select temperature_cloudwatch.awslambda_fn_async(N'lambdaTempReadingTrigger', concat(
        N'{"reading_time":"', convert(nchar(19), reading_time, 120), N'", "reading_value":"', reading_value, N'"}'))
    from inserted;
end;
