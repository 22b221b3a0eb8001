-- Refused at 3:1: a function is made in a batch of its own.
set xact_abort on;
create function [bad].[f](@a int) returns int as external name [udfgen_bad].[Functions].[f];
