grant execute on routine {{ it.signature }} to {{ it.grantees }};
