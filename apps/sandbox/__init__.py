"""A local emulator of Bento and Blueshift. Only invented people live here; nothing else of the console is imported."""
