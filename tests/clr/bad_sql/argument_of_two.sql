-- Refused at 2:74: an argument of EXEC is one constant or variable.
exec sys.sp_addextendedproperty @name = N'MS_Description', @value = N'$' + N'(x)';
