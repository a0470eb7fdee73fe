"""Read parameters the way both vendors' Rails does: forms and JSON end as the same tree."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

Tree = dict[str, Any]

BRACKETS = re.compile(r"\[([^\[\]]*)\]")
MAX_DEPTH = 16


def query_tree(text: str) -> Tree:
    """Nest `a[b]=c` and `a[]=x`; a `+` is a space, as the standard for forms says."""
    tree: Tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _plant(tree, name, value)
    return tree


def body_tree(body: bytes, content_type: str) -> Tree:
    """Read JSON when the type or the first character says so, else a form. Raises ValueError."""
    text = body.decode()
    if "json" in content_type.lower() or text.lstrip().startswith("{"):
        return _json_tree(text)
    return query_tree(text)


def merged(first: Tree, second: Tree) -> Tree:
    """Join two trees; branches are joined too, and leaves of the second win."""
    both = {**first, **second}
    for key in first.keys() & second.keys():
        if isinstance(first[key], dict) and isinstance(second[key], dict):
            both[key] = merged(first[key], second[key])
    return both


def _json_tree(text: str) -> Tree:
    tree = json.loads(text) if text.strip() else {}
    if not isinstance(tree, dict):
        raise ValueError("The root is not an object.")
    if not _is_shallow(tree):
        raise ValueError("The object is nested too deeply.")
    return tree


def _is_shallow(tree: Tree) -> bool:
    level: list[Any] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for branch in level for child in _children(branch)]
    return not level


def _children(branch: Any) -> Iterable[Any]:
    if isinstance(branch, dict):
        return branch.values()
    return branch if isinstance(branch, list) else ()


def _plant(tree: Tree, name: str, value: str) -> None:
    """Put one pair into the tree; a name that contradicts an earlier one is dropped, as a broken form deserves."""
    head, *steps = _steps(name)
    branch: Any = tree
    for step, following in zip([head, *steps], steps, strict=False):
        branch = _descend(branch, step, following, last=steps[-1])
        if branch is None:
            return
    _set(branch, steps[-1] if steps else head, value)


def _steps(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    steps = BRACKETS.findall(bracket + rest)
    return [head, *steps] if head and len(steps) <= MAX_DEPTH else [name]


def _descend(branch: Any, step: str, following: str, *, last: str) -> Any:
    kind = list if following == "" else dict
    if isinstance(branch, list):
        return _element(branch, last)
    child = branch.setdefault(step, kind())
    return child if isinstance(child, kind) else None


def _element(items: list[Any], last: str) -> Any:
    """Continue the last object of a list, or start the next one once it already has this key."""
    if not items or not isinstance(items[-1], dict) or last in items[-1]:
        items.append({})
    return items[-1]


def _set(branch: Any, step: str, value: str) -> None:
    if isinstance(branch, list):
        branch.append(value)
    else:
        branch[step] = value
