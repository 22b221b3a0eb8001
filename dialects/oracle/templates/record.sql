begin {{ it.setup }}.record_made; end;
