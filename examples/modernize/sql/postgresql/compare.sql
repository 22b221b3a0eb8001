-- Parcels that the procedure and the Lambda function price differently: none, before anybody is sent the new way.
select parcel.*, public.shipping_price(zone, weight, order_total, express) as before,
    modernize.shipping_price(zone, weight, order_total, express) as now
from parcel
where public.shipping_price(zone, weight, order_total, express)
    is distinct from modernize.shipping_price(zone, weight, order_total, express);
