"""The server: other programs call what people do in the window, by the same accounts, rights and rules."""
