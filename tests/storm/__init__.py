"""Everything at once: people act, vendors fail, processes are killed, and every ticket still tells the truth.

`STORM_SEED=…` chooses the seed, which each run prints. It repeats the choices, not the moments at which they meet.
"""
