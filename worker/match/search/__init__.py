"""Saved searches: what a subscriber wrote, and which of all of them an article answers.

`parse` reads a query, a `Percolator` holds any number of them, `read` prepares an article once, and
`Percolator.find` tells which queries it answers: the article looks for its queries, not they for it.
"""
