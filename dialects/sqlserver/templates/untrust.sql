-- Trust is the server's: it is taken from those versions of this program that no database here has any more.
set lock_timeout 5000; -- Another install holds its database's list until it commits.
if has_perms_by_name(null, null, N'CONTROL SERVER') = 1
begin
    declare @there nvarchar(max), @statement nvarchar(max), @family nvarchar(500) = {{ it.family }}
        + {{ it.identity }};
    select @there = string_agg(
        cast(
            concat(N'select name collate Latin1_General_100_BIN2 from ', quotename(name), N'.sys.assemblies')
            as nvarchar(max)
        ),
        N' union all '
    )
    from sys.databases
    where state = 0 and has_dbaccess(name) = 1;
    set @statement = concat(
        N'select @statement = string_agg(
            cast(
                concat(N''exec sys.sp_drop_trusted_assembly '', convert(nvarchar(130), hash, 1), N'';'')
                as nvarchar(max)
            ),
            N'' ''
        )
        from sys.trusted_assemblies
        where description collate Latin1_General_100_BIN2 like @family and not exists (
            select * from (', @there, N') as found (name)
            where found.name = left(description, charindex(N'','', description + N'','') - 1)
                collate Latin1_General_100_BIN2
        )'
    );
    exec sys.sp_executesql @statement, N'@family nvarchar(500), @statement nvarchar(max) output',
        @family = @family, @statement = @statement output;
    if @statement is not null
        exec (@statement);
end;
