-- Refused at 2:49: a default is one constant.
create function [bad].[f](@a nvarchar(9) = N'$' + N'(x)') returns int as external name [udfgen_bad].[Functions].[f];
