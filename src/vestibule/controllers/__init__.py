"""Request in, one service call, response out."""
