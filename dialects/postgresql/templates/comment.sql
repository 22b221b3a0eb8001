comment on function {{ it.signature }} is {{ it.comment }};
