-- Takes over what the stream has behind the last row, every time that it runs.
insert into sensor_reading (sequence_number, read_at, temperature)
select sequence_number, read_at, temperature
from kinesis_reader.sensor_readings(
    'MySensorReadings',
    after => (select sequence_number from sensor_reading order by id desc limit 1)
);
