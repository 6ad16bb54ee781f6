"""What is true of each kind of media: requests, names of objects, results, what bytes are. Pure."""
