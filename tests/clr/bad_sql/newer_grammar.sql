-- Refused at 3:6 by 140: inlining came with SQL Server 2019.
create function [bad].[f](@a int) returns int
with inline = off
as begin return @a; end;
