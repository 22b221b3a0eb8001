-- Parcels that the procedure and the Lambda function price differently: none, before anybody is sent the new way.
-- As the application's schema, which has the procedure. To DECODE two NULLs are the same.
select *
from (
    select parcel.*, shipping_price(zone, weight, order_total, express) as price_before,
        modernize.shipping_price(zone, weight, order_total, express) as price_now
    from parcel
) priced
where decode(price_before, price_now, 0, 1) = 1;
