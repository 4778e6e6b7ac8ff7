"""The outside world, one thing a file; takes plain values, returns core values."""
