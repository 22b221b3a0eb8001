merge into {{ it.switch }} as switch
using (values ({{ it.binding }}, {{ it.mode }})) as wanted (binding, mode) on switch.binding = wanted.binding
when matched and wanted.mode = 'live' then delete
when matched then update set mode = wanted.mode
when not matched and wanted.mode <> 'live' then insert (binding, mode) values (wanted.binding, wanted.mode);
