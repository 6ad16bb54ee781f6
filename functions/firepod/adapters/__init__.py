"""What is outside, behind the ports; the only importers of google.*, firebase_admin, requests."""
