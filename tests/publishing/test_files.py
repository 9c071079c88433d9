"""Files are written whole or not at all."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.errors import GeneratorError
from generator.publishing.files import write_text

WRITE = """import sys; from pathlib import Path; from generator.publishing.files import write_text
write_text(Path(sys.argv[1]), {})
"""


def test_a_new_file_is_written_with_its_folder(tmp_path: Path) -> None:
    """The folder need not be there; a typo in its name is seen."""
    path = tmp_path / "new" / "file.json"
    assert f"wrote {path} (new folder)" == write_text(path, "text\n")
    assert "text\n" == (tmp_path / "new" / "file.json").read_text()


def test_a_file_that_holds_the_text_is_left_alone(tmp_path: Path) -> None:
    """An unchanged file keeps its time: make and editors see no change."""
    path = tmp_path / "file.json"
    write_text(path, "text\n")
    before = path.stat()
    assert f"unchanged {path}" == write_text(path, "text\n")
    assert (before.st_ino, before.st_mtime_ns) == (path.stat().st_ino, path.stat().st_mtime_ns)


def test_line_ends_are_written_as_they_are(tmp_path: Path) -> None:
    """The bytes do not depend on the system: a file written on one machine is no drift on another."""
    write_text(tmp_path / "file.json", "a\nb\n")
    assert b"a\nb\n" == (tmp_path / "file.json").read_bytes()


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A write that stops in the middle (here: no room for more than 100 bytes) changes nothing and leaves nothing."""
    path = tmp_path / "file.json"
    write_text(path, "old\n")
    code = WRITE.format("'new' * 1000")
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, {resource.RLIM_INFINITY})); {code}"
    ended = subprocess.run([sys.executable, "-c", limited, path], capture_output=True, text=True, check=False)
    assert f"cannot write {path}: File too large" in ended.stderr
    assert "old\n" == path.read_text()
    assert ["file.json"] == [entry.name for entry in tmp_path.iterdir()]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """The message says which name is not a folder."""
    (tmp_path / "templates").write_text("")
    with pytest.raises(GeneratorError, match=rf"cannot write .*: {tmp_path}/templates is a file, not a folder"):
        write_text(tmp_path / "templates" / "file.json", "text")


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    """A folder is not overwritten, and no temporary file remains next to it."""
    (tmp_path / "file.json").mkdir()
    with pytest.raises(GeneratorError, match=r"cannot write .*file\.json: it is a folder"):
        write_text(tmp_path / "file.json", "text")
    assert ["file.json"] == [entry.name for entry in tmp_path.iterdir()]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path))


@pytest.mark.parametrize(("make", "kind"), [(os.mkfifo, "a pipe"), (_socket, "a socket")])
@pytest.mark.parametrize("through_a_link", [False, True])
def test_what_is_no_file_stays(
    tmp_path: Path, make: Callable[[Path], None], kind: str, *, through_a_link: bool
) -> None:
    """A pipe, a socket or a device is not replaced by a file, also where a link leads to it."""
    thing = tmp_path / "thing"
    make(thing)
    (link := tmp_path / "link").symlink_to(thing)
    before = thing.lstat()
    path = link if through_a_link else thing
    with pytest.raises(GeneratorError, match=f"cannot write {path}: it is {kind}, allowed: the name of a file"):
        write_text(path, "text")
    assert not stat.S_ISREG(before.st_mode)
    assert (before.st_ino, before.st_mode) == (thing.lstat().st_ino, thing.lstat().st_mode)
    assert ["link", "thing"] == sorted(entry.name for entry in tmp_path.iterdir())


def test_a_name_that_no_file_system_takes_is_an_error_of_the_user(tmp_path: Path) -> None:
    """Any refusal of the operating system becomes a message."""
    with pytest.raises(GeneratorError, match="File name too long"):
        write_text(tmp_path / ("x" * 300), "text")


def test_a_replaced_file_is_named_with_the_line_that_differed(tmp_path: Path) -> None:
    """Somebody may have edited it by hand."""
    path = tmp_path / "file.json"
    path.write_text("a\nB\nc\n")
    assert f"replaced {path}, which differed from line 2 on" == write_text(path, "a\nb\n")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The target of the link is written, even if it does not exist yet."""
    path, target = tmp_path / "file.json", tmp_path / "elsewhere" / "file.json"
    path.symlink_to(target)
    assert f"wrote {path} -> {target} (new folder)" == write_text(path, "a\n")
    assert path.is_symlink()
    assert "a\n" == target.read_text()


def test_a_name_that_no_file_can_have_is_reported() -> None:
    """A NUL, which no system takes."""
    with pytest.raises(GeneratorError, match=r"cannot write 'a.x00b': embedded null"):
        write_text("a\0b", "text")
