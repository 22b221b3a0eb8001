-- The routines run as this account. Nobody can log in with it; MySQL calls that a role.
create /*!80000 role */ /*M! user */ if not exists {{ it.owner }} /*M! identified via unix_socket account lock */;
alter user {{ it.owner }} account lock;
