"""Small models as people make them, one of each kind, and what the importer must make of each."""
