merge {{ it.switch }} with (holdlock) as present
using (values ({{ it.binding }}, {{ it.mode }})) as wanted (binding, mode)
on present.binding = wanted.binding collate Latin1_General_100_BIN2
when matched then update set mode = wanted.mode
when not matched then insert (binding, mode) values (wanted.binding, wanted.mode);
