"""Published brain-inspired systems, run on simulated cells with the devices' own updates."""
