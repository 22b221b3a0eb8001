-- The routines run as this account. Nobody can log in with it; MySQL calls that a role.
{{ it.create_owner }};
alter user {{ it.owner }} account lock;
