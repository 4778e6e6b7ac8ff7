"""How Sphinx builds this documentation; every warning is an error: `sphinx-build -W docs BUILD`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import fidesdev
from docs import generate

generate.write()

project = "fidesdev"
author = "The fidesdev maintainers"
release = fidesdev.__version__
extensions = ["myst_parser"]
exclude_patterns = ["_build", "generator"]
myst_heading_anchors = 3
myst_enable_extensions = ["attrs_inline"]
suppress_warnings = ["myst.header"]
smartquotes = False
html_theme = "furo"
html_title = "fidesdev"
html_copy_source = False
