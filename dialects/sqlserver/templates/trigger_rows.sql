create trigger {{ it.name }} on {{ it.table }}
after {{ it.events }}
as
begin
    set nocount on;
--% for line in it.before
    {{ line }}
--% endfor
    declare @udfgen$rows nvarchar(max) = (
--% for line in it.rows
        {{ line }}
--% endfor
    );
--% for line in it.condition
    {{ "if " if loop.first else "    " }}{{ line }}
--% endfor
    begin
        if trigger_nestlevel() > {{ it.deepest }}
            throw 50000, {{ it.nested }}, 1;
        set @udfgen$rows = N'[' + @udfgen$rows + N']';
--% for line in it.call
        {{ line }}
--% endfor
    end;
end;
