create table temp_reading (reading_time timestamp primary key, reading_value number);  -- in UTC, in degrees Celsius
