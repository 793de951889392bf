"""What means the same on panels of both generations."""
