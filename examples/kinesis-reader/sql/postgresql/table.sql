create table sensor_reading (
    id bigint generated always as identity primary key,
    sequence_number text not null unique,
    read_at timestamp not null,
    temperature numeric not null
);
