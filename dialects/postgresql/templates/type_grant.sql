grant usage on type {{ it.name }} to {{ it.grantees }};
