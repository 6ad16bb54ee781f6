"""The RunPod worker: takes a job, makes the media, delivers them."""
