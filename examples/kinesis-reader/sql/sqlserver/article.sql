-- What the stream reading of the 2016 article does, against its own name of the function: one record per call.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- N'' begins with the oldest record; the last sequence number is for the next call.
create procedure dbo.processSensorReadings @sequence_number nvarchar(128) output
as
begin
    set nocount on;
    declare @parm nvarchar(max) = concat(N'{"StreamName":"MySensorReadings","SequenceNumber":"', @sequence_number, N'"}');
    declare @msg nvarchar(max);

    while 1 = 1
    begin
        set @msg = kinesis_reader.awslambda_fn(N'lambdaReadKinesisStream', @parm);
        if json_value(@msg, '$.Data') = N'' break;  -- an object gives NULL here
        set @sequence_number = json_value(@msg, '$.SequenceNumber');
        select json_value(@msg, '$.Data.time') as [time], json_value(@msg, '$.Data.temp') as temp;
        set @parm = concat(N'{"StreamName":"MySensorReadings","NextShardIterator":"',
            string_escape(json_value(@msg, '$.NextShardIterator'), 'json'), N'"}');
    end;
end;
