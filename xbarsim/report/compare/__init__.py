"""Studies side by side: what differs, with significance."""
