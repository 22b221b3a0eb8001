        select concat_ws(
            '; ',
            case when owner.rolsuper then 'owned by a superuser' else 'owned by ' || owner.rolname end,
            case
                when switch.relkind <> 'r' then 'no table'
                when switch.relhastriggers or switch.relhasrules or switch.relrowsecurity
                then 'with triggers, rules or policies'
            end,
            (
                select string_agg(
                    concat_ws(
                        ' ',
                        attribute.attname,
                        format_type(attribute.atttypid, attribute.atttypmod),
                        case when attribute.attnotnull then 'not null' end
                    ),
                    ', ' order by attribute.attnum
                )
                from pg_catalog.pg_attribute as attribute
                where attribute.attrelid = switch.oid and attribute.attnum > 0 and not attribute.attisdropped
            ),
            (
                select pg_get_constraintdef(made.oid) from pg_catalog.pg_constraint as made
                where made.conrelid = switch.oid and made.contype = 'p'
            )
        )
        from pg_catalog.pg_class as switch
        join pg_catalog.pg_roles as owner on owner.oid = switch.relowner
        where switch.oid = to_regclass({{ it.switch_text }})
