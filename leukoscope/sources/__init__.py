"""Where pixels come in: files and folders, cameras, the demo smear."""
