"""What is deployed: parse the request, call one use case, map its error to the wire."""
