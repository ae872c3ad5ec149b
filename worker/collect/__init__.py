"""Collect: the outside world in, articles out.

parse/    bytes of a feed, a REST answer or a sitemap -> ParsedFeed
extract/  an article's page -> ExtractedPage; a feed's HTML -> clean text
fetch/    polite, bounded HTTP that never reaches private addresses by accident
identity  which article is this?        (pure)
decide    new, revised, or unchanged?   (pure)
rhythm    when to poll again            (pure)
sources, poll, full_text, stories       the stage's units of work
"""
