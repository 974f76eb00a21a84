"""Parts that pages are made of; each takes plain domain objects."""
