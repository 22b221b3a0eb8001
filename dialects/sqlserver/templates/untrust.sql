-- Trust is the server's: it ends for the assemblies in #gone that no database here has any more.
if not exists (select * from #gone)
    return;
declare @hidden nvarchar(max), @there nvarchar(max), @statement nvarchar(max);
select
    @hidden = string_agg(cast(case seen.is_open when 0 then quotename(name) end as nvarchar(max)), N', '),
    @there = string_agg(
        cast(case seen.is_open
            when 1 then concat(N'select name collate Latin1_General_100_BIN2 from ', quotename(name), N'.sys.assemblies')
        end as nvarchar(max)),
        N' union all '
    )
from sys.databases
cross apply (select case when state = 0 and has_dbaccess(name) = 1 then 1 else 0 end) as seen (is_open);
if isnull(has_perms_by_name(null, null, N'CONTROL SERVER'), 0) = 0
    print N'Trust in old assemblies stays: to end it takes CONTROL SERVER.';
else if @hidden is not null
    print concat(N'Trust in old assemblies stays, as these databases cannot be looked at: ', @hidden);
else
begin
    set @statement = concat(
        N'select @statement = string_agg(
            cast(
                concat(N''exec sys.sp_drop_trusted_assembly '', convert(nvarchar(130), hash, 1), N'';'')
                as nvarchar(max)
            ),
            N'' ''
        )
        from sys.trusted_assemblies
        where description collate Latin1_General_100_BIN2 in (
            select concat(name, @identity) from #gone where name not in (', @there, N')
        )'
    );
    exec sys.sp_executesql @statement, N'@identity nvarchar(500), @statement nvarchar(max) output',
        @identity = {{ it.identity }},
        @statement = @statement output;
    if @statement is not null
        exec (@statement);
end;
