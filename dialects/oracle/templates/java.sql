create or replace {{ it.spec.head }}{{ it.spec.parameters }}
{{ it.spec.returns }}authid definer{{ it.determinism }} as
--% for line in it.comment
-- {{ line }}
--% endfor
language java name {{ it.spec.java }};
