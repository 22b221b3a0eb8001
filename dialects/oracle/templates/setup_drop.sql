begin
    -- With it goes what was granted: CREATE OR REPLACE would keep that.
    execute immediate 'drop package {{ it.setup }}';
exception
    when others then
        if sqlcode <> -4043 then
            raise;
        end if;
end;
