"""`make smoke`: one picture as a user would make it, from the sign-in to its deletion."""
