"""The window: the only room with Qt. It speaks to the session, never to the radio."""
