"""The glossary in code: frozen dataclasses and errors. Standard library and numpy only."""
