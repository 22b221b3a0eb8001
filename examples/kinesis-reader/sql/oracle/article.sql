-- What the stream reading of the 2016 article does, against its own name of the function: one record per call.
-- https://aws.amazon.com/blogs/big-data/from-sql-to-microservices-integrating-aws-lambda-with-relational-databases/
-- In the schema of the functions, or with a synonym of awslambda_fn. NULL begins with the oldest record; the last
-- sequence number is for the next call. Readings are shown where SERVEROUTPUT is on.
create or replace procedure process_sensor_readings(sequence_number in out varchar2) is
    parm json_object_t := json_object_t();
    msg json_object_t;
    reading json_object_t;
begin
    parm.put('StreamName', 'MySensorReadings');
    parm.put('SequenceNumber', sequence_number);
    loop
        msg := json_object_t.parse(awslambda_fn('lambdaReadKinesisStream', parm.to_string()));
        exit when not msg.get('Data').is_object();
        reading := msg.get_object('Data');
        sequence_number := msg.get_string('SequenceNumber');
        dbms_output.put_line('Time ' || reading.get_string('time') || ', Temperature ' || reading.get_string('temp'));
        parm.put('NextShardIterator', msg.get_string('NextShardIterator'));
    end loop;
end;
/
