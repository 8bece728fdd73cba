"""Other people's recordings become entries."""
