"""Jobs on the machines of a Ray cluster. Only the courier's process imports Ray."""
