"""The demo that scripts/demo runs."""
