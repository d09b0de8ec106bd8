"""The maths: losses, noise, pyramid, optimisers, tiles."""
