    select made.name from sys.indexes as made
    where made.object_id = object_id({{ it.table_text }}, N'U')
        and made.is_unique = 1 and made.is_disabled = 0 and made.has_filter = 0 and made.is_hypothetical = 0
        and not exists (
            select * from sys.index_columns as part
            where part.object_id = made.object_id and part.index_id = made.index_id and part.key_ordinal > 0
                and col_name(part.object_id, part.column_id) not in ({{ it.columns }})
        )
