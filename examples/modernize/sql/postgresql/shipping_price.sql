-- The rule as it stood in the database.
create function shipping_price(zone varchar, weight numeric, order_total numeric, express boolean default false)
returns numeric language plpgsql stable as $$
declare
    base numeric;
    per_kilo numeric;
begin
    if zone = 'domestic' and not express and order_total >= 100 then
        return 0;
    end if;
    case zone
        when 'domestic' then base := 4.20; per_kilo := 0.49;
        when 'europe' then base := 9.90; per_kilo := 1.75;
        when 'world' then base := 19.50; per_kilo := 5.25;
    end case;
    return round((base + per_kilo * (ceil(weight) - 1)) * 1.0755 * case when express then 1.5 else 1 end, 2);
end
$$;
