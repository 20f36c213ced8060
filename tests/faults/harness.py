"""What the fault experiments share: running the program, counting trials, the table at the end.

An experiment is a function that yields (what was tried, None) for a trial that held and
(what was tried, what went wrong) for one that did not.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("WHATWHERE", str(ROOT / "build" / "dev" / "whatwhere"))
SECONDS = 120  # longer than any command here takes; more is a hang

TRAIN = ["train", "--task", "where-back", "--encoding", "rope", "--width", "32", "--heads", "2", "--layers", "1",
         "--strings", "16", "--cohort", "16", "--evaluate-every", "20", "--validation-answers", "64",
         "--test-answers", "64", "--warm-up", "10"]
STORIES = ROOT / "data" / "stories260k"
PROBE = ["probe", str(STORIES / "stories260K.bin"), "--text", str(ROOT / "data" / "sonnets" / "sonnets.txt"),
         "--texts", "2", "--device", "cpu", "--metrics", "cheap"]


class Ran:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def crashed(self):
        """Ended by a signal, or by an error that has no sentence."""
        return self.status < 0 or self.status in (134, 139) or "terminate called" in self.err

    def one_sentence(self):
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        return len(lines) == 1


def run(arguments, **options):
    """The program with these arguments, to its end. A status of -99 is a hang."""
    process = start(arguments, **options)
    return finish(process)


def start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                            **options)


def finish(process):
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Ran(-99, "", "took longer than %d s" % SECONDS)
    decode = lambda text: (text or b"").decode("utf-8", "replace")
    return Ran(process.returncode, decode(out), decode(err))


def stop_after(process, seconds, how=signal.SIGKILL):
    """Sends a signal after a while, unless the process has ended."""
    time.sleep(seconds)
    if process.poll() is None:
        process.send_signal(how)
    return finish(process)


def bytes_of(folder, name):
    return (Path(folder) / name).read_bytes()


def flipped(data, place):
    changed = bytearray(data)
    changed[place] ^= 1 << (place % 8)
    return bytes(changed)


def scratch():
    return tempfile.TemporaryDirectory(prefix="whatwhere-faults-")


def run_all(experiments, scale, seed):
    """Runs the experiments; prints a table row for each. Returns the number of trials that failed."""
    random.seed(seed)
    print("| experiment | trials | held | failed | seconds |\n|---|---|---|---|---|", flush=True)
    failures = []
    for name, experiment in experiments:
        begun, held, failed = time.time(), 0, 0
        for tried, wrong in experiment(scale):
            held, failed = held + (wrong is None), failed + (wrong is not None)
            if wrong is not None:
                failures.append("%s: %s: %s" % (name, tried, wrong))
        print("| %s | %d | %d | %d | %.0f |" % (name, held + failed, held, failed, time.time() - begun), flush=True)
    for line in failures:
        print("failed: " + line)
    return len(failures)
