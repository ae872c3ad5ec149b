"""Deliver: planned deliveries leave in batches, each accepted or with a named reason.

batches   form_batches, due_batches       planned deliveries -> ready batches
submit    submit_batch                    ready -> submitting -> accepted, or what the answer says (outcome)
recover   recover_batches                 a worker died: ready again, or uncertain
settle    settle_batches, by an operator  uncertain -> accepted, sent once more, or owed
closing   close_editions, edition_sums    an edition closes when its sums balance
notices   submit_notice, due_notices      confirmations and other single mails
mailers   sendgrid, smtp, maildir
"""
