create trigger {{ it.name }} on {{ it.table }}
after {{ it.events }}
as
begin
    set nocount on;
--% for line in it.before
    {{ line }}
--% endfor
    declare [udfgen$rows] cursor local forward_only static read_only for
--% for line in it.rows
        {{ line }}{{ ";" if loop.last }}
--% endfor
    open [udfgen$rows];
    {{ it.fetch }}
--% for line in it.condition
    {{ "while " if loop.first else "    " }}{{ line }}
--% endfor
    begin
        if trigger_nestlevel() > {{ it.deepest }}
            throw 50000, {{ it.nested }}, 1;
--% for line in it.call
        {{ line }}
--% endfor
        {{ it.fetch }}
    end;
    close [udfgen$rows];
    deallocate [udfgen$rows];
end;
