"""The session folder: writing, reading, importing."""
