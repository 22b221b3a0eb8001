drop {{ it.form }} if exists {{ it.name }};
