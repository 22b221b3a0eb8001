create table dbo.sensor_reading (
    id bigint identity primary key,
    sequence_number nvarchar(128) not null unique,
    read_at datetime2 not null,
    temperature decimal(6, 2) not null
);
