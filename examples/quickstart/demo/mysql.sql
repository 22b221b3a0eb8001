-- A typed call: a bigint goes in, a decimal comes back.
select quickstart.score_customer(42, 'gold');

-- Called like any function, once per row.
select id, quickstart.score_customer(id, 'basic') as score
from (select 1 as id union select 2 union select 3) as customer;

-- A Lambda function that returns rows.
call quickstart.recent_orders(42, 10);

-- Asynchronous: AWS queues the event, the call returns.
call quickstart.log_event('order.placed', '{"order": 7}');

-- Refused before anything is sent.
select quickstart.score_customer(42, 'silver');

-- The function's own error reaches the SQL caller, with its type, its message and the request id.
select quickstart.score_customer(-1, 'basic');

-- A table of the application's own, for the trigger that comes next.
create table quickstart.shop_order (id bigint primary key, details json);
