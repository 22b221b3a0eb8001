-- Refused at 2:88: an external name is an assembly, a class and a method.
create function [bad].[f](@a int) returns int as external name [udfgen_bad].[Functions];
