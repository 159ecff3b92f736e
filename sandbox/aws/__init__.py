"""AWS on this machine: MiniStack made faithful where it matters, and the real template deployed to it."""

from sandbox.aws.local import LocalAws
from sandbox.aws.stack import build, deploy

__all__ = ["LocalAws", "build", "deploy"]
