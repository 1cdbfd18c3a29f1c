"""The locks of the pose tools: what is in them, and how a set is chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launcher import errors
from launcher.runs.environments import RESOURCES
from launcher.runs.locks import Chosen, Lock, choose, cpu_torch_wheel, marker, supported
from launcher.runs.make_locks import bind
from launcher.tools.running import EnvironmentSpec

LOCKS = [*sorted(RESOURCES.glob("*/*.lock")), RESOURCES / "linux-cpu-torch.lock"]
SPEC = EnvironmentSpec("mouse", "mouse", ((3, 10), (3, 13)))
LINUX = """# a comment
mouse==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:aa \\
    --hash=sha256:ab
nvidia-cublas==13.0 \\
    --hash=sha256:bb
nvidia-dali-cuda110==1.34.0 \\
    --hash=sha256:cc
cuda-toolkit==13.0 \\
    --hash=sha256:dd
torch==2.13.0 \\
    --hash=sha256:ee
triton==3.7.1 \\
    --hash=sha256:ff
tritonclient==1.0 \\
    --hash=sha256:00
"""
CPU_TORCH = "torch==2.13.0+cpu \\\n    --hash=sha256:11\n"


@pytest.fixture
def tool_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mouse"
    folder.mkdir()
    (folder / "linux.lock").write_text(LINUX)
    (folder / "windows-cpu.lock").write_text("torch==2.13.0 \\\n    --hash=sha256:22\n")
    (tmp_path / "linux-cpu-torch.lock").write_text(CPU_TORCH)
    return folder


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_lock_has_hashes_and_no_address(file: Path) -> None:
    text = file.read_text()
    lock = Lock.parse(text)
    assert lock.packages
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", package.lines) for package in lock.packages)
    assert not re.search(r"https?:|file:|--index|--find-links|@ |/home/|/opt/|/root/|[A-Z]:\\\\", text)
    names = [package.name for package in lock.packages]
    assert len(names) == len(set(names)), "the same for everyone: one version of each, whichever Python"


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_qt_is_old_enough_for_the_service(file: Path) -> None:
    for package in Lock.parse(file.read_text()).packages:
        if package.name.startswith("pyside6"):
            assert tuple(map(int, package.version.split(".")[:2])) < (6, 10)


def test_the_tools_share_torch(tmp_path: Path) -> None:
    locks = [Lock.parse(file.read_text()) for file in RESOURCES.glob("*/linux.lock")]
    assert len(locks) >= 3
    assert len({(lock.version("torch"), lock.version("torchvision")) for lock in locks}) == 1


def test_a_lock_is_read_and_written_as_it_was() -> None:
    lock = Lock.parse(LINUX)
    assert lock.text == LINUX.partition("\n")[2]
    assert lock.version("mouse") == "1.0"
    with pytest.raises(errors.BadUsage, match="cat"):
        lock.version("cat")


def test_with_a_gpu_build_in_the_registry_the_whole_lock_is_taken(tool_folder: Path) -> None:
    assert choose(tool_folder, "linux", None) == Chosen(Lock.parse(LINUX), "cuda")


def test_where_only_a_cpu_torch_is_at_hand_the_cpu_set_is_taken_and_said(tool_folder: Path) -> None:
    chosen = choose(tool_folder, "linux", Path("/wheels/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl"))
    assert chosen.variant == "cpu"
    assert "CPU set" in chosen.message and "torch-2.13.0+cpu" in chosen.message
    assert [f"{one.name} {one.version}" for one in chosen.lock.packages] == [
        "mouse 1.0",
        "nvidia-dali-cuda110 1.34.0",
        "torch 2.13.0+cpu",
        "tritonclient 1.0",
    ]
    assert "sha256:11" in chosen.lock.text and "sha256:ee" not in chosen.lock.text


def test_windows_without_a_lock_with_cuda_says_who_makes_it(tool_folder: Path) -> None:
    chosen = choose(tool_folder, "win32", None)
    assert chosen.variant == "cpu" and "`pose-launcher tools lock mouse` makes it" in chosen.message
    (tool_folder / "windows.lock").write_text("torch==2.13.0+cu130 \\\n    --hash=sha256:33\n")
    with_cuda = choose(tool_folder, "win32", None)
    assert (with_cuda.variant, with_cuda.message) == ("cuda", "")
    assert with_cuda.lock.version("torch") == "2.13.0+cu130"
    assert with_cuda.uv == {"UV_TORCH_BACKEND": "cu130"}, "the registry has no such torch"


def test_a_tool_without_a_lock_says_so(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match="no lock for this tool"):
        choose(tmp_path, "linux", None)


def test_every_set_has_a_folder_of_its_own(tool_folder: Path) -> None:
    whole, cpu = choose(tool_folder, "linux", None), choose(tool_folder, "linux", Path("torch.whl"))
    names = {whole.folder_name("1.0"), cpu.folder_name("1.0"), cpu.folder_name("1.0", ["torchvision"])}
    assert len(names) == 3
    assert all(re.fullmatch(r"1\.0-[0-9a-f]{8}", name) for name in names)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", True),
        ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", True),
        ("torch-2.13.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl", False),
        ("torch-2.12.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("torch-2.13.0+cpu-cp311-cp311-win_amd64.whl", False),
        ("torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("torchvision-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", False),
    ],
)
def test_which_wheel_is_a_cpu_torch_for_this_python(tmp_path: Path, name: str, fits: bool) -> None:
    (tmp_path / name).touch()
    assert cpu_torch_wheel([tmp_path / "none", tmp_path], "2.13.0", (3, 11)) == (tmp_path / name if fits else None)


def test_locks_are_for_the_launchers_own_pythons_on_one_system() -> None:
    assert supported(SPEC) == ((3, 11), (3, 13))
    system = "sys_platform == 'win32' and platform_machine == 'AMD64'"
    assert marker(SPEC, "win32") == f"{system} and python_version >= '3.11' and python_version < '3.14'"


def test_requirements_are_bound_to_one_system() -> None:
    assert bind("# why\nmouse==1 # x\n\ncat ; os_name == 'nt'\n", "here") == (
        "mouse==1 ; here\ncat ; here and (os_name == 'nt')\n"
    )
