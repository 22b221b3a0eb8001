-- Refused at 3:28: each column has a type.
create function [bad].[f]()
returns table ([a] int, [b])
as external name [udfgen_bad].[Functions].[f];
