"""A small, honest Firestore in memory, with the protocols that Firebase's clients speak."""
