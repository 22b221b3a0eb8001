grant {{ it.right }} on object::{{ it.name }} to {{ it.grantees }};
