"""System calls that fail, one after the other, under every command: `make faults`."""
