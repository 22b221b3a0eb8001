"""Random functions, arguments and replies through all four cores at once: any difference is a failure."""
