"""What Firepod is about: generations, their changes, quotas, users. Values and pure functions."""
