begin {{ it.setup }}.{{ it.routine }}({{ it.kind }}, {{ it.name }}); end;
