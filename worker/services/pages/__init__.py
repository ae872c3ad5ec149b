"""The pages' templates: read and rendered for the web process, and checked for whoever edits them."""

from worker.services.pages.check import page_faults
from worker.services.pages.templates import PageTemplates
from worker.services.pages.typed import Typed

__all__ = ["PageTemplates", "Typed", "page_faults"]
