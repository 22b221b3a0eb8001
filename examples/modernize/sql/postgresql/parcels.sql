-- Every zone, whole and broken kilos, below and from the free amount on, by express or not: 72 parcels.
create table parcel as
select zone, weight, order_total, express
from (values ('domestic'), ('europe'), ('world')) as a (zone)
cross join (values (0.001), (1), (1.001), (2.5), (17.2), (30)) as b (weight)
cross join (values (99.99), (100)) as c (order_total)
cross join (values (false), (true)) as d (express);
