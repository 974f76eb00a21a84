"""How somebody's model wants to be fed: found by trying ways of doing it on labeled cells."""
