-- Which bindings are switched to dry runs or off, by `udfgen switch`: without a row they are live. An install keeps it.
create table if not exists {{ it.switch }} (
    binding text not null primary key,
    mode text not null check (mode in ('dry_run', 'off'))
);
