"""A local counterpart of SendGrid: checks and keeps every mail, and sends signed events back."""

from demo.counterpart.counterpart import Counterpart

__all__ = ["Counterpart"]
