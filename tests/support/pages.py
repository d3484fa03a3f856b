"""The code blocks of the README and of the pages in docs/, as they run."""

import pathlib
import re
import textwrap
from typing import Any

ROOT = pathlib.Path(__file__).parent.parent.parent
# What holds with either Keras.
TRAINING = [
    f"docs/{name}.md"
    for name in (
        *("callbacks", "change", "finding", "layers", "optimizers", "resume"),
        "values",
    )
]


def text(page: str) -> str:
    """A page, by its path from the root."""
    return (ROOT / page).read_text()


def blocks(page: str, language: str = "python") -> list[str]:
    """The blocks of a page in a language, in order."""
    pattern = rf"^ *```{language}\n(.*?)^ *```$"
    found = re.findall(pattern, text(page), re.M | re.S)
    return [textwrap.dedent(block) for block in found]


def run(page: str, folder: pathlib.Path, **names: Any) -> dict[str, Any]:
    """Runs the Python blocks of a page in order; returns their names.

    Args:
      page: its path from the root.
      folder: what stands for /tmp.
      **names: what the page says that the reader has.
    """
    names["__name__"] = "page"
    for block in blocks(page):
        code = block.replace("/tmp/", f"{folder}/")
        # No file has this name, in which AutoGraph would find other lines.
        exec(compile(code, f"<{page}>", "exec"), names)
    return names
