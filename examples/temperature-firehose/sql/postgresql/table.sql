create table temp_reading (reading_time timestamp primary key, reading_value numeric);  -- in UTC, in degrees Celsius
