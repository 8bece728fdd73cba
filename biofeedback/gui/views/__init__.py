"""The pages of the window, and the person's screen."""
