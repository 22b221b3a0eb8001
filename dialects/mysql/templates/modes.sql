select binding, if(sum(mode <> 'dry_run') > 0, 'off', 'dry_run') as mode
from {{ it.switch }}
group by binding
order by binding
