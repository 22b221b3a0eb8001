-- What was installed, as the catalog reported it: by this, drift is told from change. Only its owner reads it.
create table if not exists {{ it.registry }} (
    kind text not null,
    name text not null,
    desired text not null,
    definition text not null,
    primary key (kind, name)
);
