"""Finding the weights of one network: batches, steps, epochs, checkpoints, on one device or many."""
