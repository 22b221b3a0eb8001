delete from {{ it.table }} where "BINDING" = {{ it.binding }}
