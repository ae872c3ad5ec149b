"""The tables, one file for each family of nouns. The unique keys are the design (docs/architecture.md)."""

from worker.models.audience import (
    Clock,
    Consent,
    DueTime,
    Frequency,
    Notice,
    NoticeKind,
    Pause,
    PauseMode,
    Signup,
    Subscriber,
    SubscriberState,
    Subscription,
    Suppression,
)
from worker.models.collecting import BY_OPERATOR, NEEDS_TEXT, Article, ArticleRevision, Source, Story, TextState
from worker.models.delivering import Batch, BatchState
from worker.models.editions import (
    AlertCursor,
    Cohort,
    CohortContent,
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Newsletter,
    NewsletterVersion,
)
from worker.models.gaps import Gap, SitemapPart, TermName
from worker.models.hosts import Host
from worker.models.marks import Label, TopicMark
from worker.models.matching import Match, Topic, TopicAlias, TopicVersion, Verdict
from worker.models.push import Push, PushState
from worker.models.releasing import BLOCK, Release, ReleaseCounter, TopicRelease
from worker.models.rematching import Rematch, RematchState
from worker.models.searches import SavedSearch
from worker.models.stories import SiteLine, StoryBand
from worker.models.tracking import Bounce, Event
from worker.models.upkeep import Heartbeat, ScheduleFault

__all__ = [
    "BLOCK",
    "BY_OPERATOR",
    "NEEDS_TEXT",
    "AlertCursor",
    "Article",
    "ArticleRevision",
    "Batch",
    "BatchState",
    "Bounce",
    "Clock",
    "Cohort",
    "CohortContent",
    "Consent",
    "Delivery",
    "DeliveryState",
    "DueTime",
    "Edition",
    "EditionState",
    "Event",
    "Frequency",
    "Gap",
    "Heartbeat",
    "Host",
    "Label",
    "Match",
    "Newsletter",
    "NewsletterVersion",
    "Notice",
    "NoticeKind",
    "Pause",
    "PauseMode",
    "Push",
    "PushState",
    "Release",
    "ReleaseCounter",
    "Rematch",
    "RematchState",
    "SavedSearch",
    "ScheduleFault",
    "Signup",
    "SiteLine",
    "SitemapPart",
    "Source",
    "Story",
    "StoryBand",
    "Subscriber",
    "SubscriberState",
    "Subscription",
    "Suppression",
    "TermName",
    "TextState",
    "Topic",
    "TopicAlias",
    "TopicMark",
    "TopicRelease",
    "TopicVersion",
    "Verdict",
]
