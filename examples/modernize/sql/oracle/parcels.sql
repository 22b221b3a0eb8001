-- Every zone, whole and broken kilos, below and from the free amount on, by express or not: 72 parcels.
create table parcel as
select zone, weight, order_total, express
from (select 'domestic' as zone from dual union all select 'europe' from dual union all select 'world' from dual) a
cross join (
    select 0.001 as weight from dual union all select 1 from dual union all select 1.001 from dual
    union all select 2.5 from dual union all select 17.2 from dual union all select 30 from dual
) b
cross join (select 99.99 as order_total from dual union all select 100 from dual) c
cross join (select 0 as express from dual union all select 1 from dual) d;
