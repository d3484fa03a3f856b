"""Reads and writes mutants that no test needs to notice, with the reasons.

A block of the file is a module, pairs of a line and of what a mutant has in its
place, and the reason, which is indented. Blank lines are between blocks:

    tf_schedules/module.py
    - if x < bound:
    + if x <= bound:
      Both branches return 0 at the bound.

Three dots stand for anything in the place of the line.
"""

import re
from collections.abc import Iterable

Key = tuple[str, str, str]


def read(text: str) -> dict[Key, str]:
    """The reason of each mutant, by its module and its two lines."""
    reasons = {}
    for block in filter(None, re.split(r"\n\s*\n", text.strip())):
        module, *rest = block.splitlines()
        reason = " ".join(x.strip() for x in rest if x.startswith("  "))
        pairs = [x for x in rest if not x.startswith("  ")]
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            if not (old.startswith("- ") and new.startswith("+") and reason):
                raise ValueError(f"Expected -, + and a reason in:\n{block}")
            key = (module, old[2:].strip(), new[2:].strip())
            if key in reasons:
                raise ValueError(f"This mutant is here twice: {key}")
            reasons[key] = reason
    return reasons


def block(key: Key, reason: str) -> str:
    """A block of the file."""
    module, before, after = key
    return f"{module}\n- {before}\n+ {after}\n  {reason}\n"


def reason_of(reasons: dict[Key, str], mutant: Key) -> str | None:
    """Why a mutant need not be noticed; None if it must be."""
    return reasons.get(mutant, reasons.get((*mutant[:2], "...")))


def unmatched(reasons: Iterable[Key], made: Iterable[Key]) -> list[Key]:
    """The entries for modules of `made` that are none of these mutants."""
    known = {k for m in made for k in (m, (*m[:2], "..."))}
    modules = {module for module, *_ in known}
    return [k for k in reasons if k[0] in modules and k not in known]
