"""The PostgreSQL core: shipped inside the generated SQL, tested here as an ordinary file."""
