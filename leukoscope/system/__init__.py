"""What the program asks of the operating system: files that last, child processes, logs, what commands print on."""
