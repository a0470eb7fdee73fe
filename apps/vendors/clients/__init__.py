"""The vendors' clients. Pure Python, no Django; http.py is the only module that knows requests."""
