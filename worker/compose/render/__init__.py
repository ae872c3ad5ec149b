"""The e-mails: pure rendering from articles and choices, and the part that reads them from the database.

articles, inputs     what a mail is made from
templates, voice     the templates, loaded once; a voice renders them in one language
digest, notices      a mail from its inputs: pure, no database
bodies, personal     deliveries and notices -> parcels, from the database
rehearsal            every fault of the templates, for `sitrep check`
"""

from worker.compose.render.articles import CardArticle, order_articles
from worker.compose.render.digest import EmptyMail, render_digest, render_web_view
from worker.compose.render.faults import TemplateError, TemplateFault
from worker.compose.render.inputs import Choice, DigestInput, NoticeInput, Publication, Site
from worker.compose.render.notices import NOTICES, render_notice
from worker.compose.render.placeholders import PersonalLinks, Placeholders, personal_parts, placeholders
from worker.compose.render.rehearsal import check_templates
from worker.compose.render.templates import EmailTemplates

__all__ = [
    "NOTICES",
    "CardArticle",
    "Choice",
    "DigestInput",
    "EmailTemplates",
    "EmptyMail",
    "NoticeInput",
    "PersonalLinks",
    "Placeholders",
    "Publication",
    "Site",
    "TemplateError",
    "TemplateFault",
    "check_templates",
    "order_articles",
    "personal_parts",
    "placeholders",
    "render_digest",
    "render_notice",
    "render_web_view",
]
