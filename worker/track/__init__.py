"""Track: what the provider reports about each mail, recorded once and applied in any order.

verify     the signature of SendGrid's event webhook
translate  SendGrid's words into ours
record     record_events: durable, idempotent, nothing refused
states     what events make of a delivery (pure)
policy     what a bounce says about an address (pure)
apply      apply_events: events -> deliveries, notices, bounces, suppressions
"""
