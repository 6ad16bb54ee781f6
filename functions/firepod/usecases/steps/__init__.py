"""What several use cases have in common, each piece by itself; nobody asks for one from outside."""
