"""The ways to fail that every pose tool has: its window, its environment, the GPU, memory, disk and rights."""

from __future__ import annotations

from launcher.tools.endings import OPEN_AGAIN, Ending

_REINSTALL = (
    "Look at it with `pose-launcher tools check {tool_id}`; `tools remove` and then `tools install` make it anew. "
    "If that does not help, tell your admin."
)

#: The particular before the general: the first that matches is told.
SHARED = (
    Ending(
        "no-display",
        r"could not connect to display|[Cc]annot open display|[Uu]nable to open (?:X )?display",
        "{tool} found no screen to show its window on.",
        "Start it from the desktop of your session; if you are there, leave the session and start a new one.",
    ),
    Ending(
        "desktop-gone",
        r"The (?:X11|Wayland) connection broke|XIO: +fatal IO error|Lost connection to (?:the )?X server",
        "The desktop that showed the window of {tool} went away.",
        OPEN_AGAIN,
        at_work=True,
        even_after_zero=True,
    ),
    Ending(
        "system-library-missing",
        r"(?P<name>lib[\w.+-]{1,60}): cannot open shared object file",
        "{tool} cannot start: the system library {name} is missing on this computer.",
        "Tell your admin that the image needs {name}.",
    ),
    Ending(
        "system-library-missing",
        r"(?P<name>libxcb-cursor0) is needed to load the Qt xcb|Could not load the Qt platform plugin",
        "{tool} cannot show a window: a system library of Qt is missing on this computer, most likely libxcb-cursor0.",
        "Tell your admin that the image needs the libraries of Qt's xcb plugin.",
    ),
    Ending(
        "torch-mismatch",
        r"operator torchvision::\w+ does not exist|Couldn't load custom C\+\+ ops",
        "The environment of {tool} is broken: its torch is a CPU-only build and its torchvision one for CUDA.",
        _REINSTALL,
    ),
    Ending(
        "cpu-only",
        r"Torch not compiled with CUDA enabled",
        "{tool} was asked to use the GPU, but its torch is a CPU-only build.",
        "Choose the CPU as device, or ask your admin for the CUDA environment of {tool}.",
        at_work=True,
    ),
    Ending(
        "environment-incomplete",
        r"(?:^ModuleNotFoundError: No module named|^ImportError: cannot import name '\w+' from"
        r"|DLL load failed while importing) '?(?P<name>[\w.]{1,80})",
        "The environment of {tool} is incomplete: {name} could not be loaded.",
        _REINSTALL,
    ),
    Ending(
        "environment-incomplete",
        r"^qtpy\.QtBindingsNotFoundError",
        "The environment of {tool} is incomplete, or the memory of this computer is full: Qt could not be loaded.",
        _REINSTALL,
    ),
    Ending(
        "driver-too-old",
        r"NVIDIA driver on your system is too old|CUDA driver version is insufficient|unsupported toolchain",
        "The GPU driver of this computer is too old for the torch of {tool}.",
        "Work on the CPU for now, and ask your admin for an image with a newer driver.",
        at_work=True,
    ),
    Ending(
        "gpu-memory",
        r"CUDA out of memory|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED",
        "The memory of the GPU was full.",
        "Close other programs that use the GPU, or choose a smaller batch size or image scale, and start again.",
        at_work=True,
    ),
    Ending(
        "gpu-failed",
        r"CUDA error: |no CUDA-capable device|GPU is lost",
        "The GPU stopped answering {tool}.",
        "Start again. If it happens again, leave the session and start a new one, and tell your admin.",
        at_work=True,
    ),
    Ending(
        "weights-offline",
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|(?:resolve|reach|connect to) '?(?:https://)?huggingface\.co",
        "{tool} wanted to fetch the weights of a pretrained network from the internet, which it cannot reach.",
        "Ask your admin to put these weights on the image, or train without pretrained weights.",
        at_work=True,
    ),
    Ending(
        "memory",
        r"^MemoryError\b|Cannot allocate memory|std::bad_alloc|can't allocate memory|Unable to allocate [\d.]+ [KMGT]iB"
        r"|failed to map segment from shared object",
        "The memory of this computer was full.",
        "Close other programs, or ask for a larger session, and start again.",
        at_work=True,
    ),
    Ending(
        "disk-full",
        r"No space left on device|Disk quota exceeded|WinError 112\b|errno = 28\b",
        "The disk is full, so {tool} could not write.",
        f"Free some space. {OPEN_AGAIN}",
        at_work=True,
    ),
    Ending(
        "disk-read-only",
        r"Read-only file system|WinError 19\b|errno = 30\b",
        "The project lies on a disk that cannot be written.",
        "Open the project through the launcher, which brings it to a disk of this computer.",
    ),
    Ending(
        "file-in-use",
        r"unable to lock file|WinError 32\b",
        "Another program has the project's file open.",
        "Close the other program, then open the project again.",
    ),
    Ending(
        "permission-denied",
        r"PermissionError|Permission denied|WinError 5\b|errno = 13\b",
        "{tool} has no right to read or write a file that it needs.",
        "Look at the log for its name, and ask the file's owner or your admin for the right.",
    ),
)
