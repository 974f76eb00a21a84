"""What an engineer retrains the networks with; made the bundles in ``models/``. Runs without the window."""
