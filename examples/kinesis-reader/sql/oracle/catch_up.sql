-- Takes over what the stream has behind the last row, every time that it runs.
insert into sensor_reading (sequence_number, read_at, temperature)
select sequence_number, read_at, temperature
from table(kinesis_reader.sensor_readings(
    'MySensorReadings',
    (select max(sequence_number) keep (dense_rank last order by id) from sensor_reading)
));
