comment on routine {{ it.signature }} is {{ it.comment }};
