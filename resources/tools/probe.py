# noqa: INP001 - run by path, in the tool's own environment
"""Looks at a pose tool's environment from the inside; run by its own Python: `python -I probe.py MODULE INFERENCE.py`.

Without arguments only torch is asked for its GPUs, in no hurry, and given up after two minutes. Prints one JSON object.
What the tool itself prints on the way goes to standard error.
"""

import faulthandler
import importlib
import json
import os
import runpy
import sys
import time

GIVES_UP_S = 120


def main(module, inference):
    """Try everything, one after the other; a step that fails is told and does not stop the others."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    steps = (
        ("torch", look_at_torch),
        ("imports", lambda: real_import(module)),
        ("inference", lambda: infer(inference)),
    )
    found = {name: attempt(step) for name, step in steps}
    json.dump(found, answer)
    answer.close()


def only_torch():
    """For whoever has no time: nothing here is kept waiting, and nothing is waited for."""
    faulthandler.dump_traceback_later(GIVES_UP_S, exit=True)
    if hasattr(os, "nice"):
        os.nice(10)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answer.write(json.dumps({"torch": attempt(look_at_torch)}))
    answer.close()


def attempt(step):
    """What a step says, and how long it took; its last line of complaint if it failed."""
    began = time.monotonic()
    try:
        said = {"ok": True, **step()}
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is the finding
        said = {"ok": False, "error": f"{type(exc).__name__}: {exc}"[:500]}
    return said | {"seconds": round(time.monotonic() - began, 3)}


def look_at_torch():
    """What the tool will really compute on."""
    import torch

    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "available": torch.cuda.is_available(),
        "devices": names,
    }


def real_import(module):
    """What the tool's window is made of, and torchvision, which its training needs."""
    importlib.import_module(module)
    version = getattr(sys.modules[module.partition(".")[0]], "__version__", "")
    importlib.import_module("torchvision")
    return {"version": version}


def infer(file):
    """One small picture through a network that is built by the tool's own code, with random weights."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.inference_mode():
        shape = runpy.run_path(file)["one_picture"](torch, device)
    return {"device": device, "shape": list(shape)}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2]) if sys.argv[1:] else only_torch()
