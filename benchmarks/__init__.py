"""What fidesdev costs beside the programs that people would use instead: `python -m benchmarks`."""
