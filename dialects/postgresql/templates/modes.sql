select binding, mode from {{ it.switch }} order by binding
