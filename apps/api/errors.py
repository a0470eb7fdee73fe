"""The base of everything the API refuses by itself."""


class ApiError(Exception):
    """A refusal in one full sentence for whoever reads the answer."""
