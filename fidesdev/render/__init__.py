"""Reports and errors to text; calls no service."""
