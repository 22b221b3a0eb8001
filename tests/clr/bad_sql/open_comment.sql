-- Refused at 6:1: the comment has no end, and comments of T-SQL nest.
/* spec.yaml:3: /* one comment within another */
select 1;
GO
select 2;
