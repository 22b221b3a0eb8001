-- What these servers want of a trigger's definer, and no more.
grant {{ it.privileges }} on {{ it.table }} to {{ it.owner }};
