"""`python -m tools.runpod`: RunPod's side of a deployment, from a file of the repository."""
