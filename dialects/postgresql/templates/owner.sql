alter function {{ it.signature }} owner to {{ it.owner }};
