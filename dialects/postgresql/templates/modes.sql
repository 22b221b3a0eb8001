-- A sample of all rows: PostgreSQL takes one of a table only, so no view in its place is run.
select binding, mode from only {{ it.switch }} tablesample system (100) order by binding
