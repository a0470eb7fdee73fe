from . import entries, lists

__all__ = ["entries", "lists"]
