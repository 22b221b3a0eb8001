create table temp_reading (reading_time timestamp, reading_value numeric);  -- in UTC, in degrees Celsius
