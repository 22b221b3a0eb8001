-- Nobody but its owner has a right on it. A cascade may take one before its turn.
declare @revoke nvarchar(max);
select @revoke = string_agg(
    cast(concat(
        N'if exists (select * from sys.database_permissions where class = {{ it.class_ }}' collate Latin1_General_100_BIN2,
        N' and major_id = ', held.major_id, N' and minor_id = ', held.minor_id, N' and type = N''', held.type,
        N''' and grantee_principal_id = ', held.grantee_principal_id,
        N' and grantor_principal_id = ', held.grantor_principal_id,
        N') revoke ', held.permission_name,
        {{ it.on_text }}, N'(' + quotename(col_name(held.major_id, nullif(held.minor_id, 0))) + N')',
        N' from ', quotename(user_name(held.grantee_principal_id)),
        N' cascade as ', quotename(user_name(held.grantor_principal_id)), N';'
    ) as nvarchar(max)),
    N' '
)
from sys.database_permissions as held
where held.class = {{ it.class_ }} and held.major_id = {{ it.id }};
if @revoke is not null
    exec (@revoke);
