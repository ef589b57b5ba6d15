"""Sphinx builds the documents: ``sphinx-build -W docs FOLDER``; see `Testing/test.sh Docs`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "OrthancConnect")]

import parts  # noqa: E402

from OrthancConnectCore import __version__  # noqa: E402

parts.write(HERE / "generated")

project = "OrthancConnect"
author = "the OrthancConnect contributors"
copyright = "the OrthancConnect contributors, Apache-2.0"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["generated"]  # the pages include it
default_role = "code"
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_use_rtype = False
html_theme = "sphinx_rtd_theme"
html_logo = "../Resources/OrthancConnect.png"
html_theme_options = {"logo_only": False, "navigation_depth": 3}
html_show_sourcelink = False
