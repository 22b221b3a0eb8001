-- What the stream reading of the 2016 article does, against its own name of the function: one record per call.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- In the same database as the functions. '' begins with the oldest record; the last sequence number is for the next call.
delimiter //
create procedure processSensorReadings(inout sequence_number varchar(128))
begin
    declare parm text default json_object('StreamName', 'MySensorReadings', 'SequenceNumber', sequence_number);
    declare msg longtext;
    reading: loop
        set msg = awslambda_fn('lambdaReadKinesisStream', parm);
        if json_unquote(json_extract(msg, '$.Data')) = '' then
            leave reading;
        end if;
        set sequence_number = json_unquote(json_extract(msg, '$.SequenceNumber'));
        select json_unquote(json_extract(msg, '$.Data.time')) as time, json_unquote(json_extract(msg, '$.Data.temp')) as temp;
        set parm = json_object('StreamName', 'MySensorReadings',
            'NextShardIterator', json_unquote(json_extract(msg, '$.NextShardIterator')));
    end loop;
end //
delimiter ;
