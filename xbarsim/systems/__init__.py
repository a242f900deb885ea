"""Published brain-inspired systems, run on simulated devices."""
