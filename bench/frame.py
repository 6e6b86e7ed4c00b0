"""What the programs of the bench have in common: where their data lie, how those who are timed take turns, and how they end."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
EPILOG = """variables:
  DYNODROP    the program to measure (build/dynodrop)
  BENCH_DIR   a folder that keeps the server and its data for the next run: making them takes minutes.
              It needs 8 GB at scale 1, for bench/restore 16 GB. Without it a folder below TMPDIR is used and removed.
"""


def dynodrop_program():
    program = os.path.abspath(os.environ.get("DYNODROP") or os.path.join(HERE, "../build/dynodrop"))
    if not os.access(program, os.X_OK):
        raise measure.BenchError(f"{program} is not there; run 'make' first")
    return program


def in_turn(label, kinds, rounds):
    """Calls all of {name: function} once a round, each round another one first; returns {name: [result of each round]}. A result
    has its `wall`."""
    results = {name: [] for name in kinds}
    for number in range(rounds):
        turn = number % len(kinds)
        for name in list(kinds)[turn:] + list(kinds)[:turn]:
            result = kinds[name]()
            results[name].append(result)
            print(f"{label}, round {number + 1} of {rounds}: {result.wall:8.2f} s  {name}", file=sys.stderr)
    return results


def run(name, bench, chosen):
    """Calls bench(chosen, folder), and ends the program `name` where that fails or is told to stop."""
    # So that what was started is stopped, and what was made is removed.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    kept = os.environ.get("BENCH_DIR")
    if kept:
        os.makedirs(kept, exist_ok=True)
    folder = os.path.abspath(kept or tempfile.mkdtemp(prefix="dynodrop-bench."))
    try:
        measure.require_proc()
        # The server's user, who is another one when this is run by root, has to reach his folder in it.
        os.chmod(folder, 0o711)
        bench(chosen, folder)
    except measure.BenchError as error:
        sys.exit(f"{name}: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{name}: {error.cmd[0]} ended with {error.returncode}:\n{error.stderr or ''}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
