"""The faults: kills, signals, streams, full disks, damaged bytes, numbers, names."""

import os
import random
import resource
import signal
import subprocess
from pathlib import Path

from harness import PROBE, ROOT, STORIES, TRAIN, bytes_of, flipped, run, scratch, start, stop_after


def wrong_unless(holds, text):
    return None if holds else text


def kills_of_train(scale):
    """Killed at any time and resumed, a run ends with the bits of one that was not killed."""
    with scratch() as folder:
        whole = Path(folder) / "whole"
        run([*TRAIN, "--steps", "120", "-o", whole])
        expected = bytes_of(whole, "model.safetensors")
        for trial in range(2 * scale):
            out = Path(folder) / ("run%d" % trial)
            how = random.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
            for _ in range(2):
                stop_after(start([*TRAIN, "--steps", "120", "--resume", "-o", out]), random.uniform(0.05, 1.2), how)
            ran = run([*TRAIN, "--steps", "120", "--resume", "-o", out])
            same = ran.status == 0 and bytes_of(out, "model.safetensors") == expected
            yield "signal %d" % how, wrong_unless(same, "status %d %s" % (ran.status, ran.err[-200:]))


def interrupts_of_diagnose(scale):
    """Ctrl-C reaches the whole process group; what is said is what was saved."""
    for _ in range(scale):
        with scratch() as folder:
            command = ["diagnose", "--tasks", "where-back", "--encodings", "rope,nope", *TRAIN[5:], "--steps", "4000",
                       "-o", Path(folder) / "d"]
            process = start(command, start_new_session=True)
            try:
                process.wait(random.uniform(3, 6))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
            saved = list(Path(folder).glob("d/runs/*/state.safetensors"))
            said = b"stopped and saved" in out
            begun = len(list(Path(folder).glob("d/runs/*/record.jsonl")))
            early = process.returncode == -signal.SIGINT and begun == 0  # during the gates there is nothing to save
            fine = early or process.returncode in (0, 130) and (not said or len(saved) >= begun)
            yield "SIGINT", wrong_unless(fine, "status %d, %d of %d saved: %s" % (process.returncode, len(saved), begun, err[-200:]))


def standard_streams(scale):
    """Closed or full, they lose no file and abort nothing; a full stdout is status 1."""
    with scratch() as folder:
        forms = ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"]
        for i, form in enumerate(forms):
            out = Path(folder) / ("r%d" % i)
            words = " ".join(map(str, [*TRAIN, "--steps", "40", "-o", out]))
            status = subprocess.run(["bash", "-c", "exec %s %s %s" % (program(), words, form)],
                                    stdout=subprocess.DEVNULL).returncode
            record = (out / "record.jsonl").read_text().splitlines() if out.exists() else []
            whole = status == 0 and record and all(line.startswith("{") for line in record)
            yield form, wrong_unless(whole, "status %d" % status)
        for command in ["tasks", "encodings", "floors indirect", "inspect %s" % (STORIES / "stories260K.bin"), "show indirect"]:
            status = subprocess.run(["bash", "-c", "exec %s %s >/dev/full 2>/dev/null" % (program(), command)]).returncode
            yield command + " >/dev/full", wrong_unless(status == 1, "status %d" % status)


def program():
    from harness import PROGRAM
    return PROGRAM


def writers(folder):
    """Every command that writes, with the name of what it writes."""
    return [("train", [*TRAIN, "--steps", "40"], "t"),
            ("probe", PROBE, "p.h5"),
            ("ablate", ["ablate", *PROBE[1:8], "--layers", "each", "--bands", "2"], "a.h5"),
            ("export", ["export", "indirect", "--count", "20000"], "e.jsonl"),
            ("export npy", ["export", "indirect", "--count", "20000", "--format", "npy"], "e"),
            ("logits", ["logits", str(STORIES / "stories260K.bin"), "--ids", ids_file(folder)], "l.npy"),
            ("report", ["report", prepared_runs(folder)], "r.html")]


def ids_file(folder):
    path = Path(folder) / "ids.txt"
    path.write_text(" ".join(["1"] + [str(3 + i % 500) for i in range(200)]) + "\n")
    return path


def prepared_runs(folder):
    runs = Path(folder) / "runs-of-report"
    if not runs.exists():
        run([*TRAIN, "--steps", "40", "-o", runs / "runs" / "a"])
    return runs


def limited(size):
    """A limit on file sizes, as a disk that is full after so many bytes."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def full_disks(scale):
    """A writer that finds no room says so in one sentence, crashes nowhere, leaves nothing behind."""
    with scratch() as folder:
        for name, command, out in writers(folder):
            for size in [0, 512, 5_000, 20_000][:1 + scale]:
                target = Path(folder) / "out"
                target.mkdir(exist_ok=True)
                ran = run([*command, "-o", target / out], preexec_fn=limited(size))
                left = [p.name for p in target.iterdir() if p.name.endswith(".tmp")]
                fine = ran.status == 0 or (ran.status in (1, 2) and ran.one_sentence())
                yield "%s, %d bytes" % (name, size), wrong_unless(
                    fine and not ran.crashed() and not left, "status %d, left %s: %s" % (ran.status, left, ran.err[-300:]))
                subprocess.run(["rm", "-rf", str(target)])


def changed_bytes(scale):
    """A changed byte of a run's folder or a probe is refused by name, or changes nothing that is written."""
    with scratch() as folder:
        runs = prepared_runs(folder)
        probe = Path(folder) / "p.h5"
        run([*PROBE, "-o", probe])
        page = Path(folder) / "page.html"
        readers = [(runs / "runs" / "a" / "record.jsonl", ["report", runs]),
                   (runs / "runs" / "a" / "config.json", ["inspect", runs / "runs" / "a"]),
                   (runs / "runs" / "a" / "model.safetensors", ["inspect", runs / "runs" / "a"]),
                   (probe, ["plot", probe])]
        for path, command in readers:
            whole = path.read_bytes()
            printed = command[0] == "inspect"
            arguments = command if printed else [*command, "-o", page]
            result = lambda ran: ran.out if printed else page.read_bytes()
            expected = result(run(arguments))
            for _ in range(10 * scale):
                place = random.randrange(len(whole))
                path.write_bytes(flipped(whole, place))
                page.unlink(missing_ok=True)
                ran = run(arguments)
                named = ran.status in (2, 3) and path.name in ran.err and not ran.crashed()
                noted = ran.status == 0 and path.name in ran.err
                same = ran.status == 0 and result(ran) == expected
                yield "%s byte %d" % (path.name, place), wrong_unless(
                    named or noted or same, "status %d: %s" % (ran.status, ran.err[-200:]))
            path.write_bytes(whole)


def cut_files(scale):
    """A file that ends early is refused by name."""
    with scratch() as folder:
        model = Path(folder) / "m.bin"
        whole = (STORIES / "stories260K.bin").read_bytes()
        for _ in range(5 * scale):
            model.write_bytes(whole[:random.randrange(len(whole))])
            ran = run(["inspect", model])
            yield "%d bytes" % model.stat().st_size, wrong_unless(
                ran.status == 2 and "m.bin" in ran.err and not ran.crashed(), "status %d: %s" % (ran.status, ran.err[-200:]))


def numbers(scale):
    """A number that does not fit, or is none, is refused; one that is too large for memory, too."""
    wrong = ["18446744073709551616", "-9223372036854775809", "1e400", "nan", "0x10", "1_0", ""]
    options = ["--seed", "--data-seed", "--steps", "--width", "--heads", "--layers", "--strings", "--cohort", "--lr"]
    with scratch() as folder:
        for option in options:
            for value in wrong[:3 + scale]:
                ran = run(["train", "--task", "where-back", option + "=" + value, "-o", Path(folder) / "n"])
                yield option + "=" + value, wrong_unless(ran.status == 2 and ran.one_sentence(), "status %d" % ran.status)
        for value in ["0", "-1", "1001", "10000000"]:
            ran = run(["diagnose", "--seeds=" + value, "-o", Path(folder) / "d"])
            yield "--seeds=" + value, wrong_unless(ran.status == 2 and ran.one_sentence(), "status %d" % ran.status)


def names_of_files(scale):
    """Names that are long, hostile or no UTF-8 are written, or refused by name; no tag reaches a page."""
    tag = "<script>alert(1)<"
    names = [tag.encode(), b"a b'c\"d", "\u00e9\u4e2d".encode(), b"\xff\xfe", b"n" * 250, b"n" * 255, b"n" * 256, b"-x", b"a\nb"]
    with scratch() as folder:
        for name in names[:5 + 4 * scale]:
            path = os.path.join(folder.encode(), name)
            ran = run([*PROBE, "-o", os.fsdecode(path)])
            yield repr(name[:20]), wrong_unless(
                ran.status == 0 and os.path.exists(path) or ran.status == 2 and ran.one_sentence(), ran.err[-200:])
            if ran.status != 0:
                continue
            page = os.path.join(folder, "page.html")
            ran = run(["plot", os.fsdecode(path), "-o", page])
            text = Path(page).read_bytes() if ran.status == 0 else b""
            utf8 = text.decode("utf-8", "ignore").encode() == text
            yield "page of " + repr(name[:20]), wrong_unless(
                ran.status in (0, 2) and tag.encode() not in text and utf8, "status %d: %s" % (ran.status, ran.err[-200:]))


def killed_exports(scale):
    """What a killed export left is gone after the next one; a signal leaves nothing."""
    for form in ["jsonl", "npy"]:
        for how in [signal.SIGKILL, signal.SIGTERM, signal.SIGINT][:1 + 2 * scale]:
            with scratch() as folder:
                command = ["export", "indirect", "--format", form, "-o"]
                stop_after(start([*command, Path(folder) / "a", "--count", "3000000"]), 0.5, how)
                if how == signal.SIGKILL:
                    run([*command, Path(folder) / "b", "--count", "2"])
                left = [p.name for p in Path(folder).iterdir() if p.name not in ("a", "b")]
                yield "%s, signal %d" % (form, how), wrong_unless(not left, "left %s" % left)


def few_processes(scale):
    """Where threads can't be had, a command says so and ends."""
    if os.geteuid() != 0 or not Path("/usr/bin/setpriv").exists():
        return
    limit = "ulimit -u 1; exec %s tasks >/dev/null; " % program()
    for threads in ["2", "4"]:
        words = "score %s --text %s --threads %s" % (STORIES / "stories260K.bin", ROOT / "data/sonnets/sonnets.txt", threads)
        script = "ulimit -u 2; exec timeout 30 %s %s" % (program(), words)
        ran = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script],
                             capture_output=True)
        said = ran.returncode in (1, 2) and b"error: " in ran.stderr
        yield "--threads " + threads, wrong_unless(ran.returncode == 0 or said, "status %d: %s" % (ran.returncode, ran.stderr[-200:]))


EXPERIMENTS = [("killed and resumed", kills_of_train),
               ("Ctrl-C on diagnose", interrupts_of_diagnose),
               ("standard streams", standard_streams),
               ("full disk", full_disks),
               ("changed bytes", changed_bytes),
               ("cut files", cut_files),
               ("numbers", numbers),
               ("names of files", names_of_files),
               ("killed exports", killed_exports),
               ("few processes", few_processes)]
