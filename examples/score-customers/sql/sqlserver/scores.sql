-- Results are numbered in the order of the rows that go in.
with given as (
    select id, tier, row_number() over (order by id) as number from customers
)
select given.id, scores.result as score
from given
join score_customers.score_customers((
    select id as customer_id, tier from customers order by id for json path, include_null_values
)) as scores on scores.row = given.number;
