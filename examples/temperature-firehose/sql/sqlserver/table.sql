create table dbo.temp_reading (reading_time datetime2 primary key, reading_value decimal(6, 2));  -- in UTC, in degrees Celsius
