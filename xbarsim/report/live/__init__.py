"""The live view of a study: its page while it grows, on this machine alone."""
