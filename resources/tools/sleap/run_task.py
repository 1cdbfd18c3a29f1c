"""Train, predict and evaluate with SLEAP, without its window, from a description in JSON.

    python -I -u run_task.py JOB.json

Runs in SLEAP's environment and in an empty folder of its own. A file `stop` beside the description asks for an end: the
training ends after the batch at hand and keeps its checkpoints. What was made is in `answer.json` there. What a person
should be told is a line on standard error that begins with "pose-launcher:".
"""

# ruff: noqa: INP001 - run by its path in another environment, never imported

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

REFUSED = 20
#: The folder of the description: a file `stop` there asks for an end, and `answer.json` says what was made.
HOME = Path(sys.argv[-1]).absolute().parent
STOP, ANSWER = HOME / "stop", HOME / "answer.json"
#: sleap-nn answers a request to end with exit code 0, so only this line tells that a training came to its end.
FINISHED = b"Finished training at:"
#: A training that was asked to stop saves, and then evaluates once more; after this long it is interrupted.
STOPS_WITHIN_S = 300
#: The one augmentation that both tools are given where they are trained alike.
ALIKE = {"rotation_min": -180.0, "rotation_max": 180.0, "scale_min": 0.9, "scale_max": 1.1, "affine_p": 1.0}
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
    import yaml

    labels = {"train": "train.pkg.slp", "validation": "validation.pkg.slp"}
    is_multi = write_labels(job, labels)
    profile = "baseline_medium_rf.bottomup.yaml" if is_multi else "baseline_medium_rf.single.yaml"
    config = yaml.safe_load(profile_file(profile).read_text(encoding="utf-8"))
    port = free_port()
    settle(config, job, labels, port)
    Path("config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    run = Running([program("sleap-nn"), "train", "config.yaml"], port)
    code = run.until_over()
    found = _FOLDER.search(run.seen)
    folder = found[1].decode("utf-8", "replace") if found else ""
    answer(model=folder, stopped=run.was_stopped, finished=FINISHED in run.seen)
    if run.was_stopped:
        return
    if code or FINISHED not in run.seen:
        refuse(f"the training did not come to its end (exit code {code})")


def write_labels(job: dict[str, Any], labels: dict[str, str]) -> bool:
    """Each side of the split as a package of its own, so that no test frame is ever given to the training."""
    import sleap_io as sio

    whole = sio.load_slp(job["project"])
    is_multi = False
    for side, name in labels.items():
        rows = []
        for row, number in job["frames"][side]:
            if row >= len(whole) or whole[row].frame_idx != number:
                refuse("the labels changed while this waited in the queue")
            is_multi = is_multi or len(whole[row].user_instances) > 1
            rows.append(row)
        try:
            whole.extract(rows).save(name, embed=True, verbose=False)
        except Exception as error:  # noqa: BLE001 - whatever keeps a frame from being read is told
            refuse(f"the labelled frames cannot be read: {error}")
    return is_multi


def profile_file(name: str) -> Path:
    """One of the training profiles that SLEAP's own window offers."""
    import sleap

    return Path(str(sleap.__file__)).parent / "training_profiles" / name


def settle(config: dict[str, Any], job: dict[str, Any], labels: dict[str, str], port: int) -> None:
    """What is asked for, into SLEAP's own profile."""
    data, trainer = config["data_config"], config["trainer_config"]
    data["train_labels_path"] = [str(Path(labels["train"]).absolute())]
    data["val_labels_path"] = [str(Path(labels["validation"]).absolute())]
    data["preprocessing"]["scale"] = job["scale"]
    trainer["max_epochs"], trainer["seed"] = job["epochs"], job["seed"]
    trainer["ckpt_dir"], trainer["run_name"] = job["models"], job["name"]
    trainer["resume_ckpt_path"] = job["resume"] or None
    trainer["model_ckpt"] = {"save_top_k": 1, "save_last": True}
    trainer["early_stopping"]["stop_training_on_plateau"] = False
    trainer["visualize_preds_during_training"], trainer["use_wandb"] = False, False
    trainer["zmq"] = {"controller_port": port, "controller_polling_timeout": 10, "publish_port": None}
    if job["steps"]:
        trainer["min_train_steps_per_epoch"] = job["steps"]
    if job["stride"]:
        set_stride(config["model_config"], job["stride"])
    if job["rate"]:
        trainer["optimizer"]["lr"] = job["rate"]
        trainer["lr_scheduler"] = {"step_lr": stepwise(job["epochs"])}
    if job["augmentation"] == "alike":
        data["augmentation_config"] = {"intensity": None, "geometric": ALIKE}
    for loader in ("train_data_loader", "val_data_loader"):
        trainer[loader]["batch_size"] = job["batch"]


def set_stride(model: dict[str, Any], stride: int) -> None:
    """The same distance between two pixels of the map for the network and all its heads."""
    backbone = next(settings for settings in model["backbone_config"].values() if settings)
    backbone["output_stride"] = stride
    backbone["max_stride"] = max(stride, backbone["max_stride"])
    for head in model["head_configs"].values():
        for layer in (head or {}).values():
            layer["output_stride"] = stride


def stepwise(epochs: int) -> dict[str, Any]:
    """The rate goes down twice; the same in DeepLabCut's script, so that both tools can be trained alike."""
    return {"step_size": max(1, round(0.4 * epochs)), "gamma": 0.3}


class Running:
    """A program of SLEAP whose words are passed on, and that is asked to stop when a file says so."""

    def __init__(self, command: list[str], port: int) -> None:
        self.was_stopped = False
        self.seen = b""
        self._port = port
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
    model = of_last(Path(job["model"])) if job.get("last") else job["model"]
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


def of_last(model: Path) -> str:
    """The same model with its last checkpoint in the place of its best: sleap-nn always takes the best one."""
    copy = Path("model")
    copy.mkdir()
    for config in model.glob("training_config.*"):
        shutil.copy(config, copy)
    shutil.copy(model / "last.ckpt", copy / "best.ckpt")
    return str(copy.absolute())


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
