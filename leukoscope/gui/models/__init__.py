"""What judges, and how well."""
