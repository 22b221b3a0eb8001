-- The rows are a result set: for the program that calls, which keeps the last sequence number for its next call.
call kinesis_reader.sensor_readings('MySensorReadings', null, null, null);
