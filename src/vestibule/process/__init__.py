"""What concerns a whole process, not one request: stopping, and the listening sockets that it shares."""
