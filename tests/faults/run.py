"""Injects faults into the program and counts what held.

    tests/faults/run.py                  a short form, about a minute
    tests/faults/run.py --scale 10       ten times the trials
    tests/faults/run.py --only "full disk"

WHATWHERE names the program, build/dev/whatwhere unless set. The status is 1 where a trial failed.
"""

import argparse
import sys

from experiments import EXPERIMENTS
from harness import run_all


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=1, help="how many times the trials of the short form")
    parser.add_argument("--seed", type=int, default=1, help="of the times, places and signals that are drawn")
    parser.add_argument("--only", help="the name of one experiment")
    options = parser.parse_args()
    chosen = [row for row in EXPERIMENTS if options.only in (None, row[0])]
    if not chosen:
        parser.error("no experiment '%s'; there are: %s" % (options.only, ", ".join(name for name, _ in EXPERIMENTS)))
    sys.exit(1 if run_all(chosen, options.scale, options.seed) else 0)


if __name__ == "__main__":
    main()
