-- Refused at 5:1: a batch ends in the middle of a statement.
begin try
    select 1;
end try
GO
