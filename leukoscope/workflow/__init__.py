"""The use cases that join the rooms below: analyze, review, publish, models."""
