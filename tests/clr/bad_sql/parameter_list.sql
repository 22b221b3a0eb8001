-- Refused at 2:27: parameters stand in parentheses, even when there are none.
create function [bad].[f] returns int as external name [udfgen_bad].[Functions].[f];
