from . import entries, imports, lists

__all__ = ["entries", "imports", "lists"]
