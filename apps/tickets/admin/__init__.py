from . import batches, reappearances, tickets

__all__ = ["batches", "reappearances", "tickets"]
