"""The web lab: a report page on the job queue, a form, a JSON API."""
