-- Every zone, whole and broken kilos, below and from the free amount on, by express or not: 72 parcels.
create table parcel as
select zone, weight, order_total, express
from (select 'domestic' as zone union select 'europe' union select 'world') as a
cross join (select 0.001 as weight union select 1 union select 1.001 union select 2.5 union select 17.2 union select 30) as b
cross join (select 99.99 as order_total union select 100) as c
cross join (select false as express union select true) as d;
