alter routine {{ it.signature }} owner to {{ it.owner }};
