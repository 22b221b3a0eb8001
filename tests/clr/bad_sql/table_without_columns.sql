-- Refused at 2:46: a table of the CLR has its columns declared.
create function [bad].[f]() returns table as external name [udfgen_bad].[Functions].[f];
