-- Refused at 3:1: a function of T-SQL `returns`; Oracle's `return`s.
create function [bad].[f](@a nvarchar(10))
return nvarchar(10)
as external name [udfgen_bad].[Functions].[f];
