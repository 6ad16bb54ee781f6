"""`make doctor`: what a project still lacks before Firepod runs in it, in the order to mend it."""
