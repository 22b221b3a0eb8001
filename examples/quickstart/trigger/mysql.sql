-- Whoever may write to the table needs no right on the function: the row is written, and Lambda has the event.
insert into quickstart.shop_order values (8, '{"order": 8, "total": 19.99}');
