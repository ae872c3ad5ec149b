"""A sample newsroom: a WordPress-like site on loopback whose clock is driven from outside."""

from demo.newsroom.newsroom import Newsroom

__all__ = ["Newsroom"]
