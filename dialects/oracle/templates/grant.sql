grant execute on {{ it.name }} to {{ it.grantees }}
