"""Delivery: a case on its way to other systems, kept until the other side has it."""
