"""`make setup`: what the doctor finds broken, mended in its order."""
