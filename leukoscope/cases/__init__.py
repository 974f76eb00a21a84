"""What is remembered: database, migrations, image store."""
