"""Lets the reference show docstrings and signatures as they are meant.

A plugin of Griffe, which reads the package without importing it. The base class
of schedules makes `__init__` from annotated fields, in which Griffe sees
attributes, and Griffe shows doctests as code only in a section for them.
"""

import re
import textwrap
from typing import Any

import griffe


def _without_advice(annotation: griffe.Expr | str) -> griffe.Expr | str:
    """What `Annotated[...]` annotates: errors show the rest."""
    if (
        isinstance(annotation, griffe.ExprSubscript)
        and str(annotation.left) == "Annotated"
    ):
        return annotation.slice.elements[0]
    return annotation


class Reading(griffe.Extension):
    """Adds sections for doctests, and arguments for declared fields."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for whatever may have a docstring when it has been read."""
        if obj.docstring:
            obj.docstring.value = re.sub(
                r"^>>> .*?(?=\n\n(?!>>> )|\Z)",
                lambda m: "Examples:\n" + textwrap.indent(m[0], "    "),
                obj.docstring.value,
                flags=re.M | re.S,
            )

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Called for each class when it has been read."""
        fields = [
            member
            for name, member in cls.members.items()
            if isinstance(member, griffe.Attribute)
            and member.annotation is not None
            and not name.startswith("_")
            and "ClassVar" not in str(member.annotation)
        ]
        if "__init__" in cls.members or not fields:
            return
        kind = griffe.ParameterKind.positional_or_keyword
        parameters = [griffe.Parameter("self", kind=kind)]
        for field in fields:
            parameters.append(
                griffe.Parameter(
                    field.name,
                    annotation=_without_advice(field.annotation),
                    default=field.value,
                    kind=kind,
                )
            )
            del cls.members[field.name]
        init = griffe.Function(
            "__init__", parameters=griffe.Parameters(*parameters)
        )
        cls.set_member("__init__", init)
