"""A line of a comment that people do not see: which plan it shows, for who comes later and has another one.

It has digests only, and its text can end neither itself nor the comment.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.plan import Plan

MARK = "<!-- reconciler:plan "
# where HTML is not hidden but shown, it is a link that nobody uses (views.ci.bitbucket)
_LINE = re.compile(r'(?:<!-- |\[//\]: # \()reconciler:plan (\{"v":1[^\n]{0,16000}?\})(?: -->|\))')
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_MOST = 8192  # bytes; of more resources only the plan as a whole is known
_UNPACKED = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`plan` is a digest of all that is to be done; `resources` those of each by address, None of too many."""

    plan: str
    commit: str | None
    resources: Mapping[str, str] | None


def written(plan: Plan) -> str:
    found = fingerprints(plan.changes)
    said: dict[str, object] = {"v": 1, "plan": fingerprint(found)}
    if plan.git and _COMMIT.fullmatch(plan.git.commit):
        said["commit"] = plan.git.commit
    packed = base64.b64encode(zlib.compress(json.dumps(found, separators=(",", ":")).encode())).decode()
    if len(packed) <= _MOST:
        said["resources"] = packed
    return f"{MARK}{json.dumps(said, separators=(',', ':'))} -->"


def read(comment: str) -> Header | None:
    """None where there is none that we have written; whoever may edit the comment can have written another one."""
    if (line := _LINE.match(comment.lstrip())) is None:
        return None
    try:
        said = json.loads(line[1])
        resources = _unpacked(said["resources"]) if "resources" in said else None
        return Header(plan=str(said["plan"]), commit=said.get("commit"), resources=resources)
    except (ValueError, KeyError, TypeError, zlib.error):
        return None


def _unpacked(packed: str) -> Mapping[str, str]:
    text = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), _UNPACKED)
    return {str(address): str(digest) for address, digest in json.loads(text).items()}
