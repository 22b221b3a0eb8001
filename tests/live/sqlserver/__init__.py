"""A real SQL Server, where somebody has one: the installer on it, and the questions that only it can answer."""
