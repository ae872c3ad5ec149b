"""Articles -> topics: what an article is about, how surely, and why.

`text` cuts an article into words and leaves out what is a page's furniture, `lexicon` knows the terms of all
topics, `scan` finds them in one pass, `scoring` weighs where and how densely they stand, `wording` says it in a
sentence, `matcher` puts these together. All of that is pure. `judging` applies it to stored articles, and
`evaluation` measures definitions on labelled ones.
"""
