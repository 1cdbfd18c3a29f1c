# noqa: INP001 - copied into another environment
"""Test shim, never part of an installation for people: lets a CUDA-linked torchvision import beside a CPU-only torch.

The registry's torchvision wheel for Linux looks for CUDA's libraries and cannot load its compiled operators beside a
CPU-only torch. Importing it then fails, because its Python part describes two operators that nobody declared. Here they
are declared, without a body: the import works, and so does all that is written in Python; calling a compiled operator
(`torchvision.ops.nms`, DeepLabCut's object detectors) still raises.

A `.pth` file beside this one imports it whenever Python starts. Neither belongs to a package, so both are still there
after the environment was synchronised anew; torchvision's own files are left as they were.
"""

import sys

#: The operators that torchvision describes even when its compiled part is missing.
OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


class TorchvisionWatch:
    """Waits in Python's import path until torchvision has looked for its operators, and helps only if that failed."""

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002 - as Python calls it
        """Never finds anything; the first module asked for after `torchvision.extension` is the moment to look."""
        extension = sys.modules.get("torchvision.extension")
        if name.startswith("torchvision.") and hasattr(extension, "_check_cuda_version"):
            sys.meta_path.remove(self)
            if not extension._has_ops():
                self.declare_operators()

    def declare_operators(self):
        """Tell torch the signatures, and the person that this is not a real installation."""
        from torch.library import Library

        self.library = Library("torchvision", "DEF")  # torch forgets what was declared when this is collected
        for signature in OPERATORS:
            self.library.define(signature)
        print("Pose Launcher TEST SHIM: torchvision's compiled operators are declared, not there.", file=sys.stderr)  # noqa: T201


watch = TorchvisionWatch()
sys.meta_path.insert(0, watch)
