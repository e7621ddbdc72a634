-- What stands in for the platform around a hosted database. Nothing in it is granted to anybody.
create schema if not exists embedded;
revoke all on schema embedded from public;
