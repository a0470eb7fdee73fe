from . import entries, handovers, imports, lists

__all__ = ["entries", "handovers", "imports", "lists"]
