"""What Slicer's catalogue of extensions checks of an extension, before its reviewers see it.

After Slicer/ExtensionsIndex: scripts/check_description_files.py, the questions of
scripts/extension_ai_analysis.py, and the list in .github/PULL_REQUEST_TEMPLATE.md (August 2026).
Names, category and address are in test_house.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from Support.rules import package as package_rules

REPOSITORY = Path(__file__).resolve().parents[2]
CMAKE = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")


def section(title: str) -> str:
    """The text of one of README's sections."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def quoted(name: str) -> str:
    """A value as the index reads it: one pair of quotation marks, and nothing after it."""
    [value] = re.findall(rf'set\s*\({name}\s*"([^"]+)"\)', CMAKE)
    return value


def test_the_entry_is_written_as_its_formatter_writes_it() -> None:
    raw = (REPOSITORY / "Resources" / "OrthancConnect.json").read_bytes()
    assert b"\r" not in raw
    assert raw.decode() == json.dumps(json.loads(raw), indent=2) + "\n"


def test_cmake_is_read_by_the_index() -> None:
    assert re.findall(r"project\s*\(\s*([^\s)]+)", CMAKE) == ["OrthancConnect"]
    entry = json.loads((REPOSITORY / "Resources" / "OrthancConnect.json").read_bytes())
    home = quoted("EXTENSION_HOMEPAGE")
    assert entry["scm_url"] == home + ".git"
    assert entry["build_dependencies"] == [] and quoted("EXTENSION_DEPENDS") == "NA"
    pictures = [quoted("EXTENSION_ICONURL"), *quoted("EXTENSION_SCREENSHOTURLS").split()]
    for address in pictures:
        head = (REPOSITORY / address.partition("/main/")[2]).read_bytes()[:8]
        assert head.startswith(_PICTURES), address
    assert home in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


def test_the_description_is_short_and_says_something() -> None:
    """One or two sentences that a person understands."""
    description = quoted("EXTENSION_DESCRIPTION")
    assert 1 <= len(re.findall(r"\.(?= |$)", description)) <= 2
    assert 60 < len(description) < 400 and "Orthanc" in description
    assert quoted("EXTENSION_CONTRIBUTORS")


def test_the_home_page_has_what_reviewers_look_for() -> None:
    """Name, description, a picture, each module, how to cite, the licence, consent."""
    assert README.startswith("# OrthancConnect\n")
    [first, *_rest] = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.partition("\n## ")[0])
    assert (REPOSITORY / first).is_file()
    assert "one module: *Modules → Informatics → Orthanc Connect*" in section("The panel")
    assert "https://doi.org/" in section("How to cite")
    assert "Apache-2.0" in section("License")
    assert "no image is sent or fetched that you did not" in section("Security")


def test_the_module_tells_the_same_as_the_readme() -> None:
    source = (REPOSITORY / "OrthancConnect" / "OrthancConnect.py").read_text(encoding="utf-8")
    cited = set(re.findall(r"10\.\d{4}/[\w.-]+[\w]", section("How to cite")))
    assert len(cited) == 2 and cited == set(re.findall(r"10\.\d{4}/[\w.-]+[\w]", source))
    assert quoted("EXTENSION_HOMEPAGE") in source
    assert f'"{quoted("EXTENSION_CATEGORY")}"' in source
    assert quoted("EXTENSION_CONTRIBUTORS") in source


def test_the_licence_lies_where_the_index_looks() -> None:
    assert (REPOSITORY / "LICENSE").is_file()


def test_the_tree_is_small() -> None:
    """At most 100 MB are allowed, with the history; what is shipped and tested is a fraction."""
    folders = (REPOSITORY / name for name in ("OrthancConnect", "Resources", "Testing", ".github"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files if "__pycache__" not in path.parts)
    assert size < 20e6


def test_pip_installs_only_small_things_that_the_person_asked_for() -> None:
    """Each optional package is named, in one place, with the oldest that will do."""
    module = REPOSITORY / "OrthancConnect"
    calls = {
        path.relative_to(module).as_posix()
        for path in module.rglob("*.py")
        if re.search(r"pip_install|pip_ensure", path.read_text(encoding="utf-8"))
    }
    assert calls == {"OrthancConnectLib/startup.py"}
    assert package_rules.shipped_files(module)
