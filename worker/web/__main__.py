"""`python -m worker.web`: the web process; `sitrep web` becomes it."""

from worker.errors import SitrepError
from worker.web.serve import serve

if __name__ == "__main__":
    try:
        serve()
    except SitrepError as error:
        raise SystemExit(str(error)) from error
