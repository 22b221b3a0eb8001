"""The MySQL and MariaDB core: C++ sources that are compiled with each spec's table into one loadable library."""
