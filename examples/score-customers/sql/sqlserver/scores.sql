-- Results are numbered in the order of the rows that go in. They are kept first: in a join the function could run again.
select id, tier, row_number() over (order by id) as number into #given from customers;

select [row], result into #scores
from score_customers.score_customers((
    select id as customer_id, tier from #given order by number for json path, include_null_values
));

select given.id, scores.result as score
from #given as given
join #scores as scores on scores.[row] = given.number;
