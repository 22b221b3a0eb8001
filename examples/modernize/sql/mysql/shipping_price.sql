-- The rule as it stood in the database; it has a database of its own, the application's.
delimiter //
create function shipping_price(zone varchar(10), weight decimal(8, 3), order_total decimal(12, 2), express boolean)
returns decimal(8, 2) deterministic
begin
    declare base, per_kilo decimal(6, 2);
    if zone = 'domestic' and not express and order_total >= 100 then
        return 0;
    end if;
    case zone
        when 'domestic' then set base = 4.20, per_kilo = 0.49;
        when 'europe' then set base = 9.90, per_kilo = 1.75;
        when 'world' then set base = 19.50, per_kilo = 5.25;
    end case;
    return round((base + per_kilo * (ceiling(weight) - 1)) * 1.0755 * if(express, 1.5, 1), 2);
end //
delimiter ;
