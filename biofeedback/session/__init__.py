"""Where the parts become an instrument."""
