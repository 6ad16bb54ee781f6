"""What stands in on one machine for the clouds that Firepod runs on."""
