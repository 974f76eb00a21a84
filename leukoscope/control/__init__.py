"""Daily quality control: figures of control slides and of each day, held against their limits; agreement of people."""
