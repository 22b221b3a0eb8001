create table customers (
    id number(19) primary key, tier varchar2(20), street varchar2(80), city varchar2(40), score number(5, 2)
);

insert into customers (id, tier, street, city) values (42, 'gold', '1 Main Street', 'Dublin');
insert into customers (id, tier, street, city) values (43, 'basic', '5 High Street', 'Cork');
insert into customers (id, tier, street, city) values (44, null, 'Nowhere 1', 'Dublin');
commit;
