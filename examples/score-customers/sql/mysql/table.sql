create table customers (
    id bigint primary key, tier varchar(20), street varchar(80), city varchar(40), score decimal(5, 2)
);

insert into customers (id, tier, street, city) values
    (42, 'gold', '1 Main Street', 'Dublin'),
    (43, 'basic', '5 High Street', 'Cork'),
    (44, null, 'Nowhere 1', 'Dublin');
