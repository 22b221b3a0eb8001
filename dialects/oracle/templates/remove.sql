begin
    -- The registry goes last: by it, an uninstall that was cut goes on.
    execute immediate 'drop table {{ it.registry }} purge';
exception
    when others then
        if sqlcode <> -942 then
            raise;
        end if;
end;
