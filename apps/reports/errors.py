"""The base of everything the reports app refuses."""


class ReportError(Exception):
    """A refusal in one full sentence for the person at the screen."""
