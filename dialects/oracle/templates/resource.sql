create or replace java resource named {{ it.name }} using clob (
    select
{{ "to_clob(" }}{{ it.pieces | join(")\n|| to_clob(") }}{{ ")" }}
    from dual
)
