"""What Firepod does, on ports only: a module is a use case, or a few of the same things."""
