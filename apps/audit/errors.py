"""The base of everything the audit app refuses."""


class AuditError(Exception):
    """A refusal in one full sentence for the person at the screen."""
