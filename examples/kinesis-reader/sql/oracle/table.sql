create table sensor_reading (
    id number generated always as identity,
    sequence_number varchar2(128) not null unique,
    read_at timestamp not null,
    temperature number not null
);
