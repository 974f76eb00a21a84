"""What people do in the window: each controller has the session and the page that it drives, never the window."""
