create database if not exists {{ it.database }};
