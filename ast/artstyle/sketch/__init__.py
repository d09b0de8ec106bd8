"""A sketch of the result in an instant, by a network that repaints in any painting's manner."""
