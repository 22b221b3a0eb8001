-- Refused at 2:40: the literal has no end, and GO is a part of it.
exec sys.sp_releaseapplock @Resource = N'udfgen;
GO
select 1;
