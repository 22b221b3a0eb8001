"""Every way to fail, with marked passwords, keys and payloads: none of the marks may come out anywhere."""
