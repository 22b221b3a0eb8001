-- A typed call: a bigint goes in, a decimal comes back.
select quickstart.score_customer(42, tier => 'gold');

-- Called like any function, once per row.
select id, quickstart.score_customer(id) as score from generate_series(1, 3) as id;

-- A Lambda function that returns rows.
select * from quickstart.recent_orders(42);

-- Asynchronous: AWS queues the event, the call returns.
select quickstart.log_event('order.placed', '{"order": 7}');

-- Refused before anything is sent.
select quickstart.score_customer(42, 'silver');

-- The function's own error reaches the SQL caller, with its type, its message and the request id.
select quickstart.score_customer(-1);

-- A table of the application's own, for the trigger that comes next.
create table public.shop_order (id bigint primary key, details json);
