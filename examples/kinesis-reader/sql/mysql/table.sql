create table sensor_reading (
    id bigint auto_increment primary key,
    sequence_number varchar(128) not null unique,
    read_at datetime(6) not null,
    temperature decimal(6, 2) not null
);
