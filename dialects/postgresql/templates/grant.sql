grant execute on function {{ it.signature }} to {{ it.grantees }};
