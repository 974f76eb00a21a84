"""Where live pictures come from: the demo smear, USB cameras, network cameras, video files."""
