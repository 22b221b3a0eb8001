create table temp_reading (reading_time datetime(6) primary key, reading_value decimal(6, 2));  -- in UTC, in degrees Celsius
