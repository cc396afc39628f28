"""Print what pyproject.toml asks for, one requirement a line, so that one pip call with the constraints installs it."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
sys.stdout.write("\n".join([*project["dependencies"], *project["optional-dependencies"]["dev"]]) + "\n")
