"""Collect: the outside world in, articles out.

parse/    bytes of a feed, a REST answer or a sitemap -> ParsedFeed
extract/  an article's page -> ExtractedPage; a feed's HTML -> clean text
fetch/    polite, bounded HTTP that never reaches private addresses by accident
site_page a page of a site -> its feeds, its REST API, its links

listings/ what a source lists now, whatever kind it is (feed, WordPress posts, sitemaps, a page)
discover/ what a site offers to collect from
recognise which known article is it?    (pure, with identity)
decide    new, revised, or unchanged?   (pure)
rhythm    when to poll again            (pure)
paging    where older articles are      (pure)

sources, poll, gaps, full_text, stories  the stage's units of work
taking, store, revising, memory          between what was read and the rows
"""
