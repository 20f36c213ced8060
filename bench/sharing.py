"""Times whole trainings that share this computer's cores: on two threads, in several processes, and several runs at a time.

    python bench/sharing.py [--program PATH] [--rounds 3] [--steps 1000]

Every time is that of `--steps` more steps: a command is run with 300 steps and with so many more, and the first time is taken from the
second, so that starting, gates, tests and reports cancel. All contestants take their turn in each round. Of one training the weights
must be the same bytes however it was shared.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

BASE_STEPS = 300
RUNS = 4  # of a sweep
TRAINING = ["--preset", "cpu", "--evaluate-every", "1000000"]


def train(program, threads):
    return [program, "train", "--task", "indirect", "--encoding", "pope", *TRAINING, "--threads", str(threads)]


def ranks(program, count):
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", str(count), *train(program, 1)]


def sweep(program, jobs):
    return [program, "diagnose", "--tasks", "indirect", "--encodings", "rope,pope", "--seeds", str(RUNS // 2), *TRAINING,
            "--jobs", str(jobs)]


def contestants(program, cores):
    all_of_them = {"one thread": train(program, 1), "two threads": train(program, 2)}
    if shutil.which("mpirun") and "libmpi" in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
        all_of_them |= {f"{count} rank{'s' * (count > 1)}": ranks(program, count) for count in (1, 2, 4)}
    all_of_them |= {f"{RUNS} runs, one at a time": sweep(program, 1), f"{RUNS} runs, {cores} at a time": sweep(program, cores)}
    return all_of_them


def seconds(command, steps, folder):
    shutil.rmtree(folder, ignore_errors=True)
    started = time.perf_counter()
    done = subprocess.run([*command, "--steps", str(steps), "-o", folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)}: {done.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - started


def weights(folder):
    return hashlib.sha256(pathlib.Path(folder, "model.safetensors").read_bytes()).hexdigest()


def measure(commands, rounds, steps):
    times, seen = {name: [] for name in commands}, {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = f"{scratch}/run"
        seconds(train(commands["one thread"][0], 1), BASE_STEPS, folder)  # the first to read the program; not counted
        for _ in range(rounds):
            for name, command in commands.items():
                base = seconds(command, BASE_STEPS, folder)
                times[name].append(seconds(command, BASE_STEPS + steps, folder) - base)
                if "train" in command:
                    seen[name] = weights(folder)
    return times, seen


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def report(times, seen, cores):
    def speed_up(name, base):
        return [b / t for t, b in zip(times[name], times[base])]

    for name, taken in times.items():
        base = "one thread" if name in seen else f"{RUNS} runs, one at a time"
        print(f"  {name:<24} {spread(taken)} s   as fast as {base}: {spread(speed_up(name, base))}")
    shared = f"{RUNS} runs, {cores} at a time"
    linear = [ratio / cores for ratio in speed_up(shared, f"{RUNS} runs, one at a time")]
    print(f"  {shared}, of linear: {spread(linear)}   target 0.9")
    print(f"  weights of one training: {'the same bytes' if len(set(seen.values())) == 1 else f'DIFFER: {seen}'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/whatwhere")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    commands = contestants(os.path.abspath(options.program), cores)
    print(f"{cores} cores; {options.steps} steps of preset cpu, indirect, medians of {options.rounds} rounds")
    report(*measure(commands, options.rounds, options.steps), cores)


if __name__ == "__main__":
    main()
