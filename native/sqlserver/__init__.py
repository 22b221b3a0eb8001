"""The core for SQL Server: C# 5 source without dependencies, for the CLR inside the server."""
