-- A whole table: the query runs with your rights, and rows go out while it is read.
select customer_id, result as score
from score_customers.score_customers_from('select id, tier from customers order by id');

update customers
set score = scores.result
from score_customers.score_customers_from('select id, tier from customers order by id') as scores
where customers.id = scores.customer_id;

-- Rows in hand: arrays of one length; results come in their order.
with given as (select array_agg(id order by id) as ids, array_agg(street order by id) as streets,
                      array_agg(city order by id) as cities from customers)
select found.id, found.postcode
from given, rows from (unnest(given.ids), score_customers.check_addresses(given.streets, given.cities))
    as found(id, postcode);
