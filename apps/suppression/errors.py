"""The base of everything the suppression app refuses."""


class SuppressionError(Exception):
    """A refusal in one full sentence, free of the address it is about."""
