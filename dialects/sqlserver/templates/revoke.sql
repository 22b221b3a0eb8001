-- Nobody but its owner has a right on it.
declare @revoke nvarchar(max);
select @revoke = string_agg(
    cast(concat(
        N'revoke ' collate Latin1_General_100_BIN2, held.permission_name,
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
