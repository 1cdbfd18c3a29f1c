"""Train, predict and evaluate with SLEAP, without its window, from a description in JSON.

    python -I -u run_task.py JOB.json

Runs in SLEAP's environment and in an empty folder of its own. A file `stop` beside the description asks for an end: the
training ends after the batch at hand and keeps its checkpoints. What was made is in `answer.json` there. What a person
should be told is a line on standard error that begins with "pose-launcher:".
"""

# ruff: noqa: INP001 - run by its path in another environment, never imported

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

#: The interpreter is isolated, so what lies beside this file is not found by itself.
sys.path.insert(0, str(Path(__file__).parent))

REFUSED = 20
#: The folder of the description: a file `stop` there asks for an end, and `answer.json` says what was made.
HOME = Path(sys.argv[-1]).absolute().parent
STOP, ANSWER = HOME / "stop", HOME / "answer.json"
#: sleap-nn answers a request to end with exit code 0, so only this line tells that a training came to its end.
FINISHED = b"Finished training at:"
#: A training that was asked to stop saves, and then evaluates once more; after this long it is interrupted.
STOPS_WITHIN_S = 300
#: Nobody else kills a training without asking.
OUT_OF_MEMORY = (
    "the system ended the training, most likely since the memory of this computer was not enough. "
    "Take a smaller --batch or --scale"
)
_FOLDER = re.compile(rb"Setting up model ckpt dir: `([^`\r\n]+)`")


def refuse(text: object) -> NoReturn:
    """End with a line that says why."""
    sys.stderr.write(f"pose-launcher: {' '.join(str(text).split())}\n")
    raise SystemExit(REFUSED)


def answer(**told: Any) -> None:
    """What was made, for the launcher."""
    draft = ANSWER.with_suffix(".part")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(ANSWER)


def program(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).with_name(name + Path(sys.executable).suffix))


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Training


def train(job: dict[str, Any]) -> None:
    """Write the two sides of the split, the configuration, and run sleap-nn on them."""
    import training
    import weights

    port = free_port()
    config = training.configuration(job, port, refuse)
    begun = weights.settle_weights(config, job)
    stride = training.stride_of(config)
    training.write(config, Path("config.yaml"))
    run = Running([program("sleap-nn"), "train", "config.yaml"], port, lambda folder: answer(
        model=folder, stopped=False, finished=False, weights=begun, stride=stride
    ))  # fmt: skip
    code = run.until_over()
    is_finished = FINISHED in run.seen
    if run.folder:
        weights.keep_from_fetching(Path(run.folder))
    answer(model=run.folder, stopped=run.was_stopped, finished=is_finished, weights=begun, stride=stride)
    if run.was_stopped:
        return
    if code == -signal.SIGKILL:
        refuse(OUT_OF_MEMORY)
    if code or not is_finished:
        refuse(f"the training did not come to its end (exit code {code})")


class Running:
    """A program of SLEAP whose words are passed on, and that is asked to stop when a file says so."""

    def __init__(self, command: list[str], port: int, begun: Callable[[str], None] = lambda _: None) -> None:
        self.was_stopped = False
        self.seen = b""
        self.folder = ""
        self._port, self._begun = port, begun
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        assert self._child.stdout is not None
        while data := self._child.stdout.read1(8192):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            kept = self.seen + data
            # The beginning names the folder, the end tells how it went.
            self.seen = kept if len(kept) < 400_000 else kept[:100_000] + kept[-200_000:]
            if not self.folder and (found := _FOLDER.search(self.seen)):
                # Told at once: whatever ends this process, its checkpoints are found.
                self.folder = found[1].decode("utf-8", "replace")
                self._begun(self.folder)

    def until_over(self) -> int:
        """Wait, and pass a wish to stop on; returns its exit code."""
        while self._child.poll() is None:
            if STOP.exists():
                self.was_stopped = True
                self._stop()
            time.sleep(0.2)
        self._reader.join(5)
        return int(self._child.returncode)

    def _stop(self) -> None:
        """Over the port that the trainer listens to; a polite signal where that is not heard."""
        import zmq

        until = time.monotonic() + STOPS_WITHIN_S
        with zmq.Context() as context, context.socket(zmq.PUB) as told:
            told.linger = 0
            told.bind(f"tcp://127.0.0.1:{self._port}")
            while self._child.poll() is None and time.monotonic() < until:
                told.send_string(json.dumps({"command": "stop"}))
                time.sleep(0.5)
        for number in (signal.SIGINT, signal.SIGTERM):
            if self._child.poll() is None:
                self._child.send_signal(number)
                try:
                    self._child.wait(30)
                except subprocess.TimeoutExpired:
                    continue


# Predicting


def predict(job: dict[str, Any], source: str, more: list[str]) -> None:
    """Predictions of a model on a video, or on the labelled frames of a project."""
    out = Path(job["output"])
    draft = out.with_name(f".{out.name}.part.slp")
    model = as_used(Path(job["model"]), "last.ckpt" if job.get("last") else "best.ckpt")
    command = [program("sleap-nn"), "predict", "-i", source, "-m", model, "-o", str(draft), "--gui", *more]
    run = Running(command, free_port())
    code = run.until_over()
    if code:
        draft.unlink(missing_ok=True)
        refuse(why(run.seen) or f"nothing was predicted (exit code {code})")
    import sleap_io as sio

    frames = len(sio.load_slp(str(draft)))
    draft.replace(out)
    answer(predictions=str(out), frames=frames, model=job["model"])


def as_used(model: Path, checkpoint: str) -> str:
    """The model with the checkpoint that is asked for in the place of its best, which sleap-nn always takes."""
    import weights

    if not (model / checkpoint).is_file():
        return str(model)  # of an older SLEAP, which has another form
    copy = Path("model").absolute()
    copy.mkdir()
    for config in model.glob("training_config.*"):
        shutil.copy(config, copy)
    try:
        os.link(model / checkpoint, copy / "best.ckpt")
    except OSError:  # on another disk
        shutil.copy(model / checkpoint, copy / "best.ckpt")
    weights.keep_from_fetching(copy)
    return str(copy)


def why(words: bytes) -> str:
    """What sleap-nn says of its own failure."""
    for line in reversed(words.decode("utf-8", "replace").splitlines()):
        if line.startswith("{") and '"error"' in line:
            try:
                return str(json.loads(line)["message"])
            except (ValueError, KeyError):
                continue
    return ""


def main(description: str) -> None:
    """Do what the description says."""
    job = json.loads(Path(description).read_text(encoding="utf-8"))
    if job["task"] == "train":
        train(job)
    elif job["task"] == "infer":
        predict(job, job["video"], [])
    else:
        predict(job, job["project"], ["--only_labeled_frames"])


if __name__ == "__main__":
    main(*sys.argv[1:])
