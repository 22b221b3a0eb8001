select "BINDING", "MODE" from {{ it.name }} order by "BINDING"
