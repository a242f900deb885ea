"""Trials to explore in the page: their table and details, and plots that follow what is chosen."""
