"""The base of everything the privacy app refuses."""


class PrivacyError(Exception):
    """A refusal in one full sentence, free of the value it is about."""
