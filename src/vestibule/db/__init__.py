"""Two engines behind one small interface."""
