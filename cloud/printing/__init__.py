"""Papers for who stands at the counter: job slip and one-time notice, onto a chosen printer of a station.

A receipt printer is sent the slip itself; an office printer the address of a PDF, for ten minutes, and its hash.
"""
