create or replace package {{ it.setup }} authid definer as
    -- Granted to nobody: what an install does with every object, before it is made, after, and at the end.
    procedure close_made(made_kind varchar2, made_name varchar2);
    procedure stop_trigger(made_name varchar2, on_table varchar2);
    procedure check_made(made_kind varchar2, made_name varchar2);
    procedure record_made;
    function definition(made_kind varchar2, made_name varchar2) return clob;
end;
