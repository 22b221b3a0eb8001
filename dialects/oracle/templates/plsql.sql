create or replace {{ it.spec.head }}{{ it.spec.parameters }}
{{ it.spec.returns }}authid definer{{ it.determinism }} as
--% for line in it.comment
-- {{ line }}
--% endfor
begin
    {{ it.call }};
end;
