if @@error <> 0 or @@trancount <> 1 set noexec on;
go
