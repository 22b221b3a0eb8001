-- Refused at 2:15: names are quoted by brackets, not as MySQL's are.
create schema `bad`;
