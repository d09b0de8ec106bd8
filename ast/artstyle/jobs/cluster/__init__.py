"""Jobs on the machines of a Ray cluster. Only the proxy process imports Ray."""
