grant execute on {{ it.form }} {{ it.name }} to {{ it.grantees }};
