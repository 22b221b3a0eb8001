-- The rule as it stood in the database; NUMBER(1) for a boolean, which SQL has none of before 23ai.
create or replace function shipping_price(
    zone varchar2, weight number, order_total number, express number default 0
) return number deterministic is
    base number;
    per_kilo number;
begin
    if zone = 'domestic' and express = 0 and order_total >= 100 then
        return 0;
    end if;
    case zone
        when 'domestic' then
            base := 4.20;
            per_kilo := 0.49;
        when 'europe' then
            base := 9.90;
            per_kilo := 1.75;
        when 'world' then
            base := 19.50;
            per_kilo := 5.25;
    end case;
    return round((base + per_kilo * (ceil(weight) - 1)) * 1.0755 * case express when 1 then 1.5 else 1 end, 2);
end;
/
