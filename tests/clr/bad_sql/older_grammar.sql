-- Refused at 2:1 by 120: `create or alter` came with SQL Server 2016.
create or alter function [bad].[f](@a int) returns int as external name [udfgen_bad].[Functions].[f];
