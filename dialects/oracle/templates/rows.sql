create or replace type {{ it.rows }} force as table of {{ it.row }}
