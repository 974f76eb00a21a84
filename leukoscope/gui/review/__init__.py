"""Images and cells of a case, and what the models say of them."""
