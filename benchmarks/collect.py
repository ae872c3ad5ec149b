"""How fast and how right feeds are parsed and articles extracted, beside the libraries underneath, in one run.

    python -m benchmarks.collect [--material DIRECTORY] [--rounds 3] [--round]

The material is the captured one (shared/data/collect, or SITREP_SHARED_DATA/collect). Times are CPU times of this
process, the best of some rounds that the ways take in turn, so that a busy machine does not decide the ratios.

benchmarks.stories measures which articles are found to tell the same story, benchmarks.collect_round whole rounds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from benchmarks import collect_pages, collect_parse, collect_round
from benchmarks.collect_material import DEFAULT, Material

_WIDTH = 150


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--material", type=Path, default=DEFAULT)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--round", action="store_true", help="instead, a round over 2,000 local sources")
    chosen = options.parse_args()
    if chosen.round:
        collect_round.main([])
        return
    material = Material.read(chosen.material)
    console = Console()
    console = Console(width=max(console.width, _WIDTH))
    console.print(collect_parse.speed(material, chosen.rounds))
    console.print(collect_parse.rightness(material))
    console.print(collect_pages.texts(material, chosen.rounds))
    console.print(collect_pages.by_origin(material))
    console.print(collect_parse.malformed(material))
    console.print(collect_parse.hostile(material))


if __name__ == "__main__":
    main()
