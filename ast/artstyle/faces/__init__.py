"""Faces in a photo, which a user may want to keep."""
