-- Takes over what the stream has behind the last row, every time that it runs.
declare @last nvarchar(128) = (select top (1) sequence_number from dbo.sensor_reading order by id desc);

insert into dbo.sensor_reading (sequence_number, read_at, temperature)
select sequence_number, read_at, temperature
from kinesis_reader.sensor_readings('MySensorReadings', @last, default, default);
