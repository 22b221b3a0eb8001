-- What the stream reading of the 2016 article does, against its own name of the function: one record per call.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- The functions must be on the search path: set search_path = public, kinesis_reader;
-- '' begins with the oldest record; the result is for the next call.
create function processSensorReadings(sequenceNumber text) returns text language plpgsql as $$
declare
    parm text := json_build_object('StreamName', 'MySensorReadings', 'SequenceNumber', sequenceNumber);
    msg json;
begin
    loop
        msg := awslambda_fn('lambdaReadKinesisStream', parm)::json;
        exit when msg ->> 'Data' = '';
        sequenceNumber := msg ->> 'SequenceNumber';
        raise notice 'Time %, Temperature %', msg -> 'Data' -> 'time', msg -> 'Data' -> 'temp';
        parm := json_build_object('StreamName', 'MySensorReadings', 'NextShardIterator', msg -> 'NextShardIterator');
    end loop;
    return sequenceNumber;
end
$$;
