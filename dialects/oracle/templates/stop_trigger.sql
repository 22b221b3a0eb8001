begin {{ it.setup }}.stop_trigger({{ it.name }}, {{ it.table }}); end;
