"""The outside world for rehearsals and tests: a sample newsroom and a local counterpart of SendGrid.

    demo/newsroom      a WordPress-like news site on loopback, with its own clock
    demo/counterpart   answers as SendGrid does, keeps every mail, sends signed events back

Both run in a thread (`with Newsroom.running() as site:`) or as a process (`python -m demo.newsroom`).
The package `worker` never imports anything from here.
"""
