-- Refused at 2:21: a bracket within a name is doubled.
create schema [bad]s];
