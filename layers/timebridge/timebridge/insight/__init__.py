"""What people see of the sync: where a record stands, why, and whether all is well."""
