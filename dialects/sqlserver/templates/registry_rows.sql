select kind, name, desired, definition from {{ it.registry }}
