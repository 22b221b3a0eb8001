create table temp_reading (reading_time timestamp, reading_value number);  -- in UTC, in degrees Celsius
