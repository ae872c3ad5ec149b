"""Sitrep: articles in, each subscriber's mail out, once and on time.

The flow, one stage handing rows to the next:

    collect   sources        -> articles        worker/collect
    match     articles       -> matches         worker/match
    compose   matches        -> editions, deliveries (released, planned, rendered)   worker/compose
    deliver   deliveries     -> batches, accepted or with a named reason             worker/deliver
    track     provider says  -> events, delivered, bounced, complained               worker/track
    audience  people         -> subscriptions, consent, suppression                  worker/audience

The rows are the truth; a Celery message (worker/tasks) is only a hint to look at one of them.
"""

__version__ = "0.1.0"
