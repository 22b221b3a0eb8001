-- Parcels that the procedure and the Lambda function price differently: none, before anybody is sent the new way.
select parcel.*, shop.shipping_price(zone, weight, order_total, express) as before_it,
    modernize.shipping_price(zone, weight, order_total, express) as now
from shop.parcel
where not shop.shipping_price(zone, weight, order_total, express)
    <=> modernize.shipping_price(zone, weight, order_total, express);
