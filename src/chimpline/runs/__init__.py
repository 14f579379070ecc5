"""Runs: the one place where reading meets writing.

`job` is a run from its lock to its end; `replication` says what is read. The rooms: `asking` (what
an account offers, and what a run would ask), `members` (an audience, and who is gone from it),
`slice` (one collection read whole), `work` (threads, turns, the writer), `report` (what is told).
"""
