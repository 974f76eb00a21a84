"""The lab's own microscope, step by step: cells, teaching, proof, activation."""
