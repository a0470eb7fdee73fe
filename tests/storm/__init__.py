"""Everything at once: people act, vendors fail, processes are killed, and every ticket still tells the truth.

Ordinary runs have one seed, full ones a fresh one, `STORM_SEED=…` chooses; each run prints its own. A seed repeats the
choices, not the moments at which they meet.
"""
