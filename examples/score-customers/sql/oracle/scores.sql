select customer_id, result as score
from table(score_customers.score_customers(cursor(select id, tier from customers order by id)));

select street, city, result as postcode
from table(score_customers.check_addresses(cursor(select street, city from customers)));
