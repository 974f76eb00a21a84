"""What covers the window for a while and asks for something."""
