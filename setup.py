"""Adds to the package what lies beside it: config.py and the sample pictures.

Everything else about the package is in pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHARED = ("config.py", "img/SOURCES.md", "img/content/*", "img/style/*")


class BuildPy(build_py):  # type: ignore[misc]  # setuptools has no types
    """Builds the package with a folder ``share``; an editable package uses the files themselves."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source, target in self.shared().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *self.shared().values()]

    def shared(self) -> dict[str, str]:
        """Where each of the files goes."""
        folder = Path(self.build_lib, "artstyle", "share")
        found = sorted(path for pattern in SHARED for path in Path().glob(pattern))
        return {str(path): str(folder / path) for path in found}


setup(cmdclass={"build_py": BuildPy})
