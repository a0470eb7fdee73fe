"""Compare a console's database with what the vendor sandbox itself wrote down: the promises of the erasure loop.

In a test: ``assert breaches(evidence_of(sandbox, at=clock())) == []``, from ``checking`` and ``evidence``. As a process
of its own, with the console's environment: ``python -m tests.invariants --sandbox http://127.0.0.1:8900``, with
``--journal FILE``, ``--log FILE``, ``--later SECONDS`` and ``--one-clock`` if needed; it prints each breach as one
sentence, then the stories of the erasures in question, and exits with 1, or with 0 where there is none.

I1  every request the sandbox saw has a committed attempt
I2  an erasure is asked for again only where it is right: after a look, or where nothing can have happened
I3  nothing is being sent past its lease
I4  whatever was sent has a snapshot from before, or a recorded waiver
I5  suppression stands before the first request
I6  the ledger is whole and knows each attempt
I7  the quota counts at least what the sandbox counted, and never more than the account's day takes
I8  no address of a test person stands anywhere in clear: no row, no queue message, no session, no log, no URL
I9  nothing is called erased that the sandbox was not asked for, or still holds
"""
