drop function if exists {{ it.name }};
