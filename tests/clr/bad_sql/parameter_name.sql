-- Refused at 2:27: a parameter's name is a variable and no identifier in brackets.
create function [bad].[f]([@a] int) returns int as external name [udfgen_bad].[Functions].[f];
