"""What SLEAP is asked to train: the sides of the split, its own profile with what was chosen.

Imported by `run_task.py`, in SLEAP's environment. Files are written to the working folder, which is the job's own.
"""

# ruff: noqa: INP001 - found by its path in another environment

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

SIDES = {"train": "train.pkg.slp", "validation": "validation.pkg.slp"}
#: The one augmentation that both tools are given where they are trained alike.
ALIKE = {"rotation_min": -180.0, "rotation_max": 180.0, "scale_min": 0.9, "scale_max": 1.1, "affine_p": 1.0}


def configuration(job: dict[str, Any], port: int, refuse: Callable[[object], NoReturn]) -> dict[str, Any]:
    """SLEAP's profile for one animal or several, with what is asked for."""
    import yaml

    profile = "baseline_medium_rf.bottomup.yaml" if write_labels(job, refuse) else "baseline_medium_rf.single.yaml"
    config: dict[str, Any] = yaml.safe_load(_profile_file(profile).read_text(encoding="utf-8"))
    settle_data(config["data_config"], job)
    settle_trainer(config["trainer_config"], job, port)
    if job["network"] not in ("", "unet"):
        set_encoder(config["model_config"], *job["network"].split("_"))
        # Also where it begins from scratch: sleap-nn would take the number of colours of the pictures for its own.
        config["data_config"]["preprocessing"]["ensure_rgb"] = True
    if job["stride"]:
        set_stride(config["model_config"], job["stride"])
    return config


def write(config: dict[str, Any], file: Path) -> None:
    """As sleap-nn reads it."""
    import yaml

    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def write_labels(job: dict[str, Any], refuse: Callable[[object], NoReturn]) -> bool:
    """Each side of the split as a package of its own, so that no test frame is ever given to the training."""
    import sleap_io as sio

    whole = sio.load_slp(job["project"])
    is_multi = False
    for side, name in SIDES.items():
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


def _profile_file(name: str) -> Path:
    """One of the training profiles that SLEAP's own window offers."""
    import sleap

    return Path(str(sleap.__file__)).parent / "training_profiles" / name


def settle_data(data: dict[str, Any], job: dict[str, Any]) -> None:
    """Labels, size and augmentation."""
    data["train_labels_path"] = [str(Path(SIDES["train"]).absolute())]
    data["val_labels_path"] = [str(Path(SIDES["validation"]).absolute())]
    data["preprocessing"]["scale"] = job["scale"]
    if job["augmentation"] == "alike":
        data["augmentation_config"] = {"intensity": None, "geometric": ALIKE}


def settle_trainer(trainer: dict[str, Any], job: dict[str, Any], port: int) -> None:
    """How long, how fast, and where its checkpoints go."""
    trainer["max_epochs"], trainer["seed"] = job["epochs"], job["seed"]
    trainer["ckpt_dir"], trainer["run_name"] = job["models"], job["name"]
    trainer["resume_ckpt_path"] = job["resume"] or None
    trainer["model_ckpt"] = {"save_top_k": 1, "save_last": True}
    trainer["early_stopping"]["stop_training_on_plateau"] = False
    trainer["visualize_preds_during_training"], trainer["use_wandb"] = False, False
    trainer["zmq"] = {"controller_port": port, "controller_polling_timeout": 10, "publish_port": None}
    if job["steps"]:
        trainer["min_train_steps_per_epoch"] = job["steps"]
    if job["rate"]:
        trainer["optimizer"]["lr"] = job["rate"]
        trainer["lr_scheduler"] = {"step_lr": stepwise(job["epochs"])}
    for loader in ("train_data_loader", "val_data_loader"):
        trainer[loader]["batch_size"] = job["batch"]


def stepwise(epochs: int) -> dict[str, Any]:
    """The rate goes down twice; the same in DeepLabCut's script, so that both tools can be trained alike."""
    return {"step_size": max(1, round(0.4 * epochs)), "gamma": 0.3}


# The network


def set_encoder(model: dict[str, Any], kind: str, size: str) -> None:
    """An encoder of torchvision in the place of the U-Net's own; its stem looks at 4 pixels, as where it learned."""
    stride = _backbone(model)["output_stride"]
    chosen = {
        "model_type": size, "stem_patch_stride": 4, "max_stride": 64, "in_channels": 3, "kernel_size": 3,
        "filters_rate": 2, "convs_per_block": 2, "up_interpolate": True, "output_stride": stride,
        "pre_trained_weights": None, "arch": None,
    }  # fmt: skip
    chosen |= {"stem_patch_kernel": 4} if kind == "convnext" else {"patch_size": 4, "window_size": 7}
    model["backbone_config"] = {name: chosen if name == kind else None for name in ("unet", "convnext", "swint")}


def set_stride(model: dict[str, Any], stride: int) -> None:
    """The same distance between two pixels of the map for the network and all its heads."""
    backbone = _backbone(model)
    backbone["output_stride"] = stride
    backbone["max_stride"] = max(stride, backbone["max_stride"])
    for head in model["head_configs"].values():
        for layer in (head or {}).values():
            layer["output_stride"] = stride


def stride_of(config: dict[str, Any]) -> int:
    """Pixels of the scaled picture between two of the map."""
    return int(_backbone(config["model_config"])["output_stride"])


def _backbone(model: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(settings for settings in model["backbone_config"].values() if settings)
    return found
