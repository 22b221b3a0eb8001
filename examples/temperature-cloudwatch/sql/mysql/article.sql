-- What the trigger of the 2016 article does, against its own name of the function: JSON by hand, a Lambda by its name.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- In the same database as the functions.
delimiter //
create trigger temp_reading_trigger after insert on temp_reading for each row
begin
    declare fn_args text default concat('{"reading_time":"', date_format(new.reading_time, '%Y-%m-%d %H:%i:%s'),
        '", "reading_value":"', new.reading_value, '"}');
    declare res text;
    set res = awslambda_fn_async('lambdaTempReadingTrigger', fn_args);
end //
delimiter ;
