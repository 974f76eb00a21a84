"""Images judged by many processes, here or on other machines, with what one process finds out."""
