"""The only wiring: from settings to what the stages are given."""

from worker.services.articles import extract_page, fetch_page
from worker.services.made import Services, make_services

__all__ = ["Services", "extract_page", "fetch_page", "make_services"]
