create or replace type {{ it.row }} force authid definer as object ({{ it.attributes }})
