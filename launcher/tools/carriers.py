"""Which files of a project can run code on this computer when a pose tool opens them, and how.

Names come first, since most files need no second look. Looking inside reads other people's files, so it belongs in the
parser process; nothing is unpickled there either. What cannot be looked into counts as carrying code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from launcher.errors import Damaged
from launcher.tools.media import suffix
from launcher.tools.running import CodeCarrier

#: DeepLabCut reads this one before the snapshots beside it.
NETWORK_CONFIG = "pytorch_config.yaml"

PICKLE = "Pickle files, which run whatever program is in them when they are read"
CHECKPOINT = "Model checkpoints, which are pickles inside and run whatever program is in them when they are loaded"
UNPROTECTED = "load_weights_only: false, which switches the protection against programs in network snapshots off"
SNAPSHOT = "Network snapshots that are loaded without protection, because of load_weights_only: false beside them"
OBJECTS = "Tables and arrays with pickled objects in them, which run a program when they are read"
FUNCTION = "Networks with a function of their own (a Lambda layer), which runs when the network is loaded"
UNREADABLE = "Files that could not be looked into, so that they count as able to run programs"

_PICKLES = frozenset({"cloudpickle", "dill", "jbl", "joblib", "pck", "pickle", "pkl"})
_CHECKPOINTS = frozenset({".ckpt"})
_SNAPSHOTS = frozenset({".pt", ".pth"})
_ARRAYS = frozenset({".npy", ".npz"})
_HDF5 = frozenset({".h5", ".hdf", ".hdf5"})


def may_carry_code(path: str) -> bool:
    """May this file run code when a tool opens it? Decided by its name."""
    return _look_for(path) is not None


def code_carried(file: Path, path: str) -> Sequence[CodeCarrier]:
    """How this file of the project can run code here; empty when it was looked into and cannot."""
    look = _look_for(path)
    if look is None:
        return ()
    try:
        return tuple(CodeCarrier(path, why) for why in look(file))
    except (Damaged, OSError):
        return (CodeCarrier(path, UNREADABLE),)


def is_unprotected(data: object) -> bool:
    """Does a network's configuration switch the protection against code in its snapshots off, anywhere in it?"""
    if isinstance(data, dict):
        # Left empty, DeepLabCut decides, and it decides for the protection.
        off = data.get("load_weights_only") not in (None, True)
        return off or any(map(is_unprotected, data.values()))
    return isinstance(data, list) and any(map(is_unprotected, data))


_Look = Callable[[Path], Iterator[str]]


def _look_for(path: str) -> _Look | None:
    name = path.rpartition("/")[2].lower()
    if not _PICKLES.isdisjoint(name.split(".")[1:]):  # also `x_full.pickle.db`, `x.pkl.gz`
        return _pickle
    return _network_config if name == NETWORK_CONFIG else _LOOKS.get(suffix(name))


def _pickle(file: Path) -> Iterator[str]:  # noqa: ARG001 - no tool pickles plain values only
    yield PICKLE


def _checkpoint(file: Path) -> Iterator[str]:  # noqa: ARG001 - readers of its archive differ, so no look proves anything
    yield CHECKPOINT


def _network_config(file: Path) -> Iterator[str]:
    if _switches_off(file):
        yield UNPROTECTED


def _snapshot(file: Path) -> Iterator[str]:
    config = file.with_name(NETWORK_CONFIG)
    if config.exists() and _switches_off(config):
        yield SNAPSHOT


def _switches_off(config: Path) -> bool:
    from launcher.tools.yaml_text import MAX_BYTES, parsed

    with config.open("rb") as opened:
        data = parsed(opened.read(MAX_BYTES + 1), config.name)
    return is_unprotected(data)


def _arrays(file: Path) -> Iterator[str]:
    from launcher.tools.carried_arrays import holds_objects

    if holds_objects(file):
        yield OBJECTS


def _hdf5(file: Path) -> Iterator[str]:
    from launcher.tools.carried_hdf5 import Carried, code_in

    words = {Carried.OBJECTS: OBJECTS, Carried.FUNCTION: FUNCTION}
    yield from (words[found] for found in code_in(file))


_LOOKS: Mapping[str, _Look] = {
    **dict.fromkeys(_CHECKPOINTS, _checkpoint),
    **dict.fromkeys(_SNAPSHOTS, _snapshot),
    **dict.fromkeys(_ARRAYS, _arrays),
    **dict.fromkeys(_HDF5, _hdf5),
}
