"""What RunPod and its workers say and are told: translated and signed here. Pure."""
