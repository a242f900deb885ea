"""Published brain-inspired systems, on simulated crossbars whose cells take real updates.

Every module has ``Settings``, ``run``, ``METRICS`` and ``PUBLISHED``.
"""
