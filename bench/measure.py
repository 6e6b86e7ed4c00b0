"""What a run of some programs costs: wall time, CPU of the programs and of the server, memory, bytes."""
import glob
import os
import subprocess
import threading
import time
from dataclasses import dataclass

SAMPLE_SECONDS = 0.04
TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Ends the bench; its text is for the person who runs it."""


@dataclass
class Run:
    wall: float  # seconds, from the first program's start to the last one's end
    user: float  # CPU seconds of the programs and what they started
    system: float
    server: float  # CPU seconds of the server's processes, all told
    others: float  # CPU seconds of all else on the machine, this bench's own looking included
    peak: int  # bytes of memory: the highest sum over the programs and what they started
    own_peak: int  # bytes of memory: the most that the process named dynodrop had; 0 where there was none
    bytes: int  # of the files written
    said: str  # on standard error

    @property
    def cpu(self):
        return self.user + self.system + self.server


def require_proc():
    if not os.path.exists(f"/proc/self/task/{threading.get_native_id()}/children"):
        raise BenchError("this measures through Linux's /proc, with its lists of children, which is not here")


def read(path):
    """The text of a file in /proc, or None once its process is gone or where it may not be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def children(pid):
    return [int(child) for path in glob.glob(f"/proc/{pid}/task/*/children") for child in (read(path) or "").split()]


def descendants(pids):
    """These processes and all below them."""
    found = list(pids)
    for pid in found:
        found += children(pid)
    return found


def kilobytes(text, field):
    """The bytes in a line like "Pss:   12 kB", or None where there is none."""
    for line in (text or "").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None


def memory(pid, status):
    """What the process holds, pages shared with others in part; all of them where only root may look closer."""
    size = kilobytes(read(f"/proc/{pid}/smaps_rollup"), "Pss")
    return size if size is not None else kilobytes(status, "VmRSS") or 0


class MemorySampler:
    """Looks at processes from a thread of its own, from `with` to the block's end."""

    def __init__(self, pids):
        self.pids = pids
        self.peak = 0
        self.own_peak = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def watch(self):
        while not self.ended.is_set():
            self.look()
            self.ended.wait(SAMPLE_SECONDS)

    def look(self):
        total = 0
        for pid in descendants(self.pids):
            status = read(f"/proc/{pid}/status")
            total += memory(pid, status)
            if status and status.startswith("Name:\tdynodrop\n"):
                self.own_peak = max(self.own_peak, kilobytes(status, "VmHWM") or 0)
        self.peak = max(self.peak, total)


def cpu_of(pid):
    """CPU seconds of a process, and of the children it has waited for."""
    # The name, in parentheses, may hold anything; utime stands 11 fields behind it.
    fields = (read(f"/proc/{pid}/stat") or ") " + "0 " * 20).rsplit(")", 1)[1].split()
    own, waited_for = fields[11:13], fields[13:15]
    return sum(map(int, own)) / TICKS, sum(map(int, waited_for)) / TICKS


def tree_cpu(pid):
    """CPU seconds that a process and its children have used since it started, those that ended included."""
    while True:
        own, ended = cpu_of(pid)
        total = own + ended + sum(cpu_of(child)[0] for child in children(pid))
        # A child that ends just now would be counted twice or not at all.
        if cpu_of(pid)[1] == ended:
            return total


def machine_cpu():
    """CPU seconds that the machine has worked since it started."""
    user, nice, system, _, _, irq, softirq = map(int, read("/proc/stat").split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def start(pipeline, output, errors, env, started):
    """Starts the programs of a pipeline, each argv a list, and appends them to `started`."""
    before = subprocess.DEVNULL
    for argv in pipeline:
        last = argv is pipeline[-1]
        process = subprocess.Popen(argv, stdin=before, stdout=output if last else subprocess.PIPE, stderr=errors, env=env)
        started.append(process)
        if before is not subprocess.DEVNULL:
            before.close()
        before = process.stdout


def text_of(errors):
    errors.seek(0)
    return errors.read().decode(errors="replace")


def wait(process, errors):
    """Waits for the program and returns its resource usage, its children's included; it has to end well."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchError(f"{process.args[0]} ended with {process.returncode}:\n{text_of(errors)[-2000:]}")
    return usage


def run(pipelines, folder, server, env):
    """Runs pipelines at the same time, each writing into a file of its own in `folder`, to their ends."""
    outputs = [os.path.join(folder, f"output.{number}") for number in range(len(pipelines))]
    processes = []
    with open(os.path.join(folder, "errors"), "w+b") as errors:
        try:
            machine_before, server_before, started = machine_cpu(), server.cpu(), time.monotonic()
            for pipeline, path in zip(pipelines, outputs):
                with open(path, "wb") as output:
                    start(pipeline, output, errors, env, processes)
            with MemorySampler([process.pid for process in processes]) as sampler:
                usages = [wait(process, errors) for process in processes]
            wall = time.monotonic() - started
            machine_used, server_used = machine_cpu() - machine_before, server.cpu() - server_before
            said = text_of(errors)
        finally:
            for process in processes:
                if process.returncode is None:
                    process.terminate()
                    process.wait()
    user, system = sum(usage.ru_utime for usage in usages), sum(usage.ru_stime for usage in usages)
    return Run(
        wall=wall,
        user=user,
        system=system,
        server=server_used,
        others=max(0.0, machine_used - user - system - server_used),
        peak=sampler.peak,
        own_peak=sampler.own_peak,
        bytes=sum(os.path.getsize(path) for path in outputs),
        said=said,
    )
