"""Every file in which a pose tool notes where it ran comes out of saving without this machine, and opens elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

from launcher.tools import tool
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import PathChange
from tests.unit.tools.made_projects import CONFIG, described, files, slp, video_texts

HOME, TEMP, ROOT = "/home/ada", "/var/tmp/ada-7f", "/scratch/reach-1a2b3c4d"
THERE = "/mnt/disk 2/reach-1a2b3c4d"
NET = "dlc-models-pytorch/iteration-0/reachJan31-trainset95shuffle1/train"
TF = "dlc-models/iteration-0/reachJan31-trainset95shuffle1/train"
MODEL = "models/230802.single_instance"
MEMBERS = (
    "config.yaml",
    "videos/left.mp4",
    "labels/a.train.pkg.slp",
    "labels/a.val.pkg.slp",
    "recordings/of/day two/test.mp4",
    f"{NET}/pytorch_config.yaml",
    f"{TF}/pose_cfg.yaml",
)
COMMAND = (
    f"{HOME}/envs/sleap/bin/sleap-track {ROOT}/videos/left.mp4 -m '{ROOT}/{MODEL}' --tmp={TEMP}/x -o "
    f'"{HOME}/out/left.slp"'
)
PROVENANCE: dict[str, Any] = {
    "sleap_version": "1.6.6",
    "platform": "Linux-6.1",
    "filename": f"{ROOT}/labels/a.train.pkg.slp",
    "model_paths": [f"{ROOT}/{MODEL}/best.ckpt", f"{HOME}/models/top/best.ckpt"],
    "command": COMMAND,
    "args": {"data_path": f"{HOME}/in/test.mp4", "tmp": TEMP, "cwd": HOME, "peak_threshold": 0.2},
}
SLEAP_NN = {
    "data_config": {
        "train_labels_path": [f"{ROOT}/labels/a.train.pkg.slp"],
        "val_labels_path": [f"{ROOT}/labels/a.val.pkg.slp"],
        "test_file_path": f"{HOME}/in/test.mp4",
        "cache_img_path": f"{TEMP}/cache",
    },
    "model_config": {"pretrained_backbone_weights": f"{HOME}/w/best.ckpt", "name": "left/right"},
    "trainer_config": {"ckpt_dir": f"{ROOT}/models", "run_name": "r", "wandb": {"dir": None}, "max_epochs": 3},
}
LEGACY = {
    "data": {
        "labels": {
            "training_labels": f"{ROOT}/labels/a.train.pkg.slp",
            "validation_labels": None,
            "test_labels": f"{HOME}/in/test.mp4",
            "search_path_hints": [HOME, f"{ROOT}/videos"],
            "training_inds": [1, 2],
        }
    },
    "outputs": {"runs_folder": f"{ROOT}/models", "zmq": {"controller_address": "tcp://127.0.0.1:9000"}},
    "filename": f"{ROOT}/{MODEL}/training_config.json",
}
PYTORCH = {
    "metadata": {"project_path": ROOT, "pose_config_path": f"{ROOT}/{NET}/pytorch_config.yaml", "bodyparts": ["paw"]},
    "resume_training_from": f"{ROOT}/{NET}/snapshot-200.pt",
    "train_settings": {"weight_init": {"snapshot_path": f"{HOME}/zoo/hrnet.pt"}, "epochs": 200},
}
TENSORFLOW = {
    "project_path": ROOT,
    "dataset": "training-datasets/iteration-0/x/reach_Ada95shuffle1.mat",
    "metadataset": f"{ROOT}/training-datasets/iteration-0/x/Documentation_data-reach_95shuffle1.pickle",
    "init_weights": f"{HOME}/envs/dlc/models/resnet_v1_50.ckpt",
    "snapshot_prefix": f"{ROOT}/{TF}/snapshot",
    "all_joints": [[0], [1]],
}
PROJECT = (
    CONFIG.replace("/home/ada/reaching-Ada-2024-01-31", ROOT)
    + f"""\
video_sets_original:
  {ROOT}/videos/left.mp4: {{crop: '0, 1'}}
  {HOME}/in/left.mp4: {{crop: '0, 1'}}
SuperAnimalConversionTables: "{TEMP}/table.csv"   # kept
"""
)


def in_yaml(data: object) -> str:
    return "# as the tool wrote it\n" + yaml.safe_dump(data, sort_keys=False)


def in_json(data: object) -> str:
    return json.dumps(data, indent="\t").replace("/", "\\/")


CASES = {
    "config.yaml": ("deeplabcut", PROJECT),
    f"{NET}/pytorch_config.yaml": ("deeplabcut", in_yaml(PYTORCH)),
    f"{TF}/pose_cfg.yaml": ("deeplabcut", in_yaml(TENSORFLOW)),
    f"{TF.replace('train', 'test')}/inference_cfg.yaml": ("deeplabcut", in_yaml({"a": [COMMAND, {"b": TEMP}]})),
    f"{NET}/memory_replay/train.json": (
        "deeplabcut",
        in_json({"images": [{"file_name": f"{ROOT}/labeled-data/x.png"}]}),
    ),
    "training-datasets/iteration-0/x/metadata.yaml": ("deeplabcut", in_yaml({"shuffles": {"x": {"from": ROOT}}})),
    f"{MODEL}/training_config.yaml": ("sleap", in_yaml(SLEAP_NN)),
    f"{MODEL}/initial_config.yaml": ("sleap", in_yaml(SLEAP_NN)),
    f"{MODEL}/training_config.json": ("sleap", in_json(LEGACY)),
    f"{MODEL}/initial_config.json": ("sleap", in_json(LEGACY)),
}
EVERY = pytest.mark.parametrize("path", CASES)


def saved(tool_id: str, file: Path, root: str = ROOT) -> Sequence[PathChange]:
    roots = [root.rpartition("/")[0], HOME, TEMP]
    return tool(tool_id).rewrite_paths(file, NeutralPaths(root, roots, MEMBERS, windows=False))


def staged(tool_id: str, file: Path) -> Sequence[PathChange]:
    return tool(tool_id).rewrite_paths(file, LocalPaths(THERE, MEMBERS, windows=False))


def written(folder: Path, path: str) -> tuple[str, Path]:
    tool_id, text = CASES[path]
    return tool_id, files(folder, {path: text}) / path


def of_this_machine(file: Path) -> list[str]:
    text = file.read_bytes().decode(errors="replace").replace("\\/", "/")
    return [place for place in (ROOT, HOME, TEMP) if place in text]


def read(file: Path) -> Any:
    return json.loads(file.read_text()) if file.suffix == ".json" else yaml.safe_load(file.read_text())


@EVERY
def test_no_configuration_carries_this_machine_away(tmp_path: Path, path: str) -> None:
    tool_id, file = written(tmp_path, path)
    assert of_this_machine(file)
    assert tool(tool_id).has_paths(path)
    assert saved(tool_id, file)
    assert of_this_machine(file) == []
    tool(tool_id).is_sound(file)
    neutral = file.read_bytes()
    assert not saved(tool_id, file)
    assert file.read_bytes() == neutral


@EVERY
def test_elsewhere_it_opens_and_is_neutral_again_when_saved(tmp_path: Path, path: str) -> None:
    tool_id, file = written(tmp_path, path)
    saved(tool_id, file)
    neutral = read(file)
    staged(tool_id, file)
    tool(tool_id).is_sound(file)
    saved(tool_id, file, THERE)
    assert read(file) == neutral


@EVERY
def test_without_a_path_of_this_machine_the_file_is_not_written(tmp_path: Path, path: str) -> None:
    tool_id, file = written(tmp_path, path)
    saved(tool_id, file)
    file.chmod(0o400)
    before = file.stat()
    saved(tool_id, file)
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_what_a_network_is_told_about_its_files_is_right_on_both_sides(tmp_path: Path) -> None:
    _, network = written(tmp_path, f"{NET}/pytorch_config.yaml")
    _, older = written(tmp_path, f"{TF}/pose_cfg.yaml")
    for file in (network, older):
        saved("deeplabcut", file)
    assert read(network) == {
        "metadata": {"project_path": ".", "pose_config_path": f"{NET}/pytorch_config.yaml", "bodyparts": ["paw"]},
        "resume_training_from": f"{NET}/snapshot-200.pt",
        "train_settings": {"weight_init": {"snapshot_path": "hrnet.pt"}, "epochs": 200},
    }
    assert read(older)["init_weights"] == "resnet_v1_50.ckpt"
    assert read(older)["metadataset"] == str(TENSORFLOW["metadataset"]).removeprefix(f"{ROOT}/")
    for file in (network, older):
        staged("deeplabcut", file)
    assert read(network)["metadata"]["project_path"] == read(older)["project_path"] == THERE
    assert read(network)["metadata"]["pose_config_path"] == f"{THERE}/{NET}/pytorch_config.yaml"
    assert read(older)["dataset"] == TENSORFLOW["dataset"], "DeepLabCut joins it to the project's folder"


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_the_labels_of_a_model_are_found_where_the_project_is_staged(tmp_path: Path, kind: str) -> None:
    _, file = written(tmp_path, f"{MODEL}/training_config.{kind}")
    saved("sleap", file)
    neutral = read(file)
    staged("sleap", file)
    train = f"{THERE}/labels/a.train.pkg.slp"
    if kind == "yaml":
        own = read(file)["data_config"]
        assert own["train_labels_path"] == [train]
        assert own["test_file_path"] == f"{THERE}/recordings/of/day two/test.mp4"
        assert own["cache_img_path"] == "cache"
        assert read(file)["trainer_config"] == neutral["trainer_config"]
        assert neutral["trainer_config"]["ckpt_dir"] == "models"
    else:
        own = read(file)["data"]["labels"]
        assert (own["training_labels"], own["validation_labels"]) == (train, None)
        assert own["search_path_hints"] == [".", "videos"]
        assert read(file)["outputs"] == neutral["outputs"]
        assert "\\/labels\\/" in file.read_text(), "written as the tool wrote it"


def test_two_videos_of_one_name_stay_two_keys(tmp_path: Path) -> None:
    tool_id, file = written(tmp_path, "config.yaml")
    saved(tool_id, file)
    assert list(read(file)["video_sets_original"]) == ["videos/left.mp4", "left.mp4"]
    assert '"' not in file.read_text().partition("SuperAnimalConversionTables")[2]
    assert "# kept" in file.read_text()


@pytest.mark.parametrize("text", ["a: [1\n", f"a: {ROOT}\n---\nb: 1\n", f"a: {ROOT}\nb: '" + "x" * 2_000_000 + "'\n"])
def test_what_is_beyond_us_is_saved_as_it_is_and_named_when_it_is_staged(tmp_path: Path, text: str) -> None:
    file = files(tmp_path, {"training_config.yaml": text}) / "training_config.yaml"
    assert not saved("sleap", file)
    assert file.read_text() == text
    with pytest.raises(Exception, match=r"file is too large|not a readable YAML"):
        staged("sleap", file)


def fixed(item: Any, name: str, text: str) -> None:
    item.attrs[name] = np.bytes_(text.encode())


def fixed_utf8(item: Any, name: str, text: str) -> None:
    wide = h5py.string_dtype("utf-8", len(text.encode()))
    item.attrs.create(name, np.array(text.encode(), dtype=wide), dtype=wide)


def variable(item: Any, name: str, text: str) -> None:
    item.attrs[name] = text


WRITERS = pytest.mark.parametrize("put", [fixed, fixed_utf8, variable])


def sleap_file(file: Path, put: Callable[[Any, str, str], None], provenance: dict[str, Any]) -> Path:
    slp(file, videos=[{"filename": f"{HOME}/in/test.mp4"}], variable=put is variable)
    with h5py.File(file, "r+") as root:
        put(root["metadata"], "json", described(provenance=provenance, negative_anchors={"note": "é"}))
        texts = [json.dumps(provenance), "{}"]
        if put is variable:
            root.create_dataset("provenance_json", data=texts, dtype=h5py.string_dtype())
        else:
            root["provenance_json"] = np.array([text.encode() for text in texts], dtype="S")
        put(root.create_group("video0/source_video"), "json", json.dumps({"filename": f"{HOME}/in/test.mp4"}))
    return file


def metadata(file: Path) -> Any:
    with h5py.File(file, "r") as root:
        return json.loads(root["metadata"].attrs["json"])


@WRITERS
def test_a_sleap_file_forgets_where_it_was_made(tmp_path: Path, put: Callable[[Any, str, str], None]) -> None:
    file = sleap_file(tmp_path / "a.slp", put, PROVENANCE)
    assert saved("sleap", file)
    assert of_this_machine(file) == []
    tool("sleap").is_sound(file)
    own = metadata(file)["provenance"]
    assert own["filename"] == "labels/a.train.pkg.slp"
    assert own["model_paths"] == [f"{MODEL}/best.ckpt", "best.ckpt"]
    assert own["command"] == f"sleap-track videos/left.mp4 -m '{MODEL}' --tmp=x -o \"left.slp\""
    assert own["args"] == {
        "data_path": "recordings/of/day two/test.mp4",
        "tmp": ".",
        "cwd": ".",
        "peak_threshold": 0.2,
    }
    assert {**metadata(file), "provenance": None} == {
        **json.loads(described(negative_anchors={"note": "é"})),
        "provenance": None,
    }
    neutral = file.read_bytes()
    assert not saved("sleap", file)
    assert file.read_bytes() == neutral


@WRITERS
def test_on_the_way_here_only_the_videos_change(tmp_path: Path, put: Callable[[Any, str, str], None]) -> None:
    file = sleap_file(tmp_path / "a.slp", put, PROVENANCE)
    changes = staged("sleap", file)
    assert [change.field for change in changes] == ["videos_json[0].filename", "video0/source_video.filename"]
    assert metadata(file)["provenance"] == PROVENANCE
    assert json.loads(video_texts(file)[0]) == {"filename": f"{THERE}/recordings/of/day two/test.mp4"}


@WRITERS
def test_a_neutral_name_may_be_longer_than_the_path_was(tmp_path: Path, put: Callable[[Any, str, str], None]) -> None:
    file = sleap_file(tmp_path / "a.slp", put, {"filename": f"{HOME}/test.mp4"})
    saved("sleap", file)
    assert of_this_machine(file) == []
    assert metadata(file)["provenance"] == {"filename": "recordings/of/day two/test.mp4"}


def test_a_windows_command_line_keeps_its_words(tmp_path: Path) -> None:
    root, home = "C:\\Scratch\\fly pair-1a2b3c4d", "C:\\Users\\Ada Lovelace"
    paths = NeutralPaths(root, ["C:\\Scratch", home], MEMBERS, windows=True)
    command = f"{home}\\sleap\\Scripts\\sleap-track c:/scratch/fly pair-1a2b3c4d/videos/left.mp4 -o {home}\\left.slp -v"
    assert paths(command) == "sleap-track videos/left.mp4 -o left.slp -v"
    assert paths(f"D:\\in\\a.mp4 -o {root}") == "D:\\in\\a.mp4 -o ."
    assert paths("models\\a -m C:\\s3-mount\\b.mp4") is None
