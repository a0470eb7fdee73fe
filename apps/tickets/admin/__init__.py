from . import batches, tickets

__all__ = ["batches", "tickets"]
