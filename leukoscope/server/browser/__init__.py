"""Review in a browser: pages of the server on which people see, decide and sign, by the rules of the window."""
