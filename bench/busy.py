"""What threads cost beside other busy processes: default threads against one, on a quiet machine and beside one busy process a core.

    python bench/busy.py [--program PATH] [--model PATH] [--texts 10] [--rounds 3] [--steps 300]

Each round runs every contestant once in turn, so that other work on the machine meets them alike. CPU time is user and system time of the
command; "spinning" is libgomp's own default, what threads did before they waited passively. Targets are printed, never enforced.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = ROOT / "data/sonnets/sonnets.txt"
SPINNING = {"GOMP_SPINCOUNT": "300000"}


def contestants(options, folder):
    probe = [options.program, "probe", options.model, "--text", str(TEXT), "--texts", str(options.texts), "-o", f"{folder}/probe.h5"]
    train = [options.program, "train", "--task", "indirect", "--encoding", "pope", "--preset", "cpu", "--evaluate-every", "1000000",
             "--steps", str(options.steps), "-o", f"{folder}/run"]
    return {"probe": {"one thread": ([*probe, "--threads", "1"], {}), "default": (probe, {}), "default, spinning": (probe, SPINNING)},
            "train": {"one thread": ([*train, "--threads", "1"], {}), "two threads": ([*train, "--threads", "2"], {}),
                      "two threads, spinning": ([*train, "--threads", "2"], SPINNING)}}


def timed(command, extra, folder):
    shutil.rmtree(f"{folder}/run", ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")} | extra
    started = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"error: {' '.join(map(str, command))} ended with status {child.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


class Busy:
    """One process a core that does nothing but compute."""

    def __init__(self, count):
        self.count = count

    def __enter__(self):
        self.processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(self.count)]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def measure(commands, rounds, folder):
    seen = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, extra) in commands.items():
            seen[name].append(timed(command, extra, folder))
    return seen


def show(title, seen):
    print(f"\n{title}")
    base = next(iter(seen))
    for name, runs in seen.items():
        ratios = [[run[i] / one[i] for run, one in zip(runs, seen[base])] for i in (0, 1)]
        wall, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
        print(f"  {name:24} wall {wall:7.2f} s  cpu {cpu:7.2f} s   of one thread: wall {statistics.median(ratios[0]):5.2f}"
              f" ({min(ratios[0]):.2f} to {max(ratios[0]):.2f})  cpu {statistics.median(ratios[1]):5.2f}"
              f" ({min(ratios[1]):.2f} to {max(ratios[1]):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build/release/whatwhere"))
    parser.add_argument("--model", default=str(ROOT / "data/stories260k/stories260K.bin"))
    parser.add_argument("--texts", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {os.getloadavg()[0]:.2f}, {options.rounds} rounds; beside busy processes: cpu at most 1.30, wall at most 1")
    with tempfile.TemporaryDirectory() as folder:
        for what, commands in contestants(options, folder).items():
            show(f"{what}, nothing started beside it", measure(commands, options.rounds, folder))
            with Busy(cores):
                seen = measure(commands, options.rounds, folder)
            show(f"{what}, beside {cores} busy processes", seen)


if __name__ == "__main__":
    main()
