"""What the console sends along: vendored files are what they claim to be, and every name leads somewhere."""

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest

from cloud.web.assets import FILES, Assets
from firmware_profiles.ui.catalogue import load_catalogue

ROOT = Path(__file__).parents[3]
VENDORED = json.loads((ROOT / "firmware_profiles/ui/vendor.json").read_text("utf-8"))["assets"]
TEMPLATES = sorted((ROOT / "cloud").rglob("templates/**/*.html"))


@pytest.mark.parametrize("asset", VENDORED, ids=lambda asset: Path(asset["file"]).name)
def test_a_vendored_file_has_the_hash_of_the_manifest(asset: dict[str, str]) -> None:
    assert hashlib.sha256((ROOT / asset["file"]).read_bytes()).hexdigest() == asset["sha256"]
    assert asset["name"]
    assert asset["version"]
    assert asset["licence"]


def test_the_manifest_names_every_vendored_file() -> None:
    folders = (ROOT / "firmware_profiles/ui/vendor", ROOT / "cloud/web/static/vendor")
    found = {path for folder in folders for path in folder.iterdir() if path.suffix != ".LICENSE"}
    assert found == {ROOT / asset["file"] for asset in VENDORED}


def test_every_address_changes_with_the_content() -> None:
    assets = Assets()
    assert {assets.url(name).partition("?v=")[0] for name in FILES} == {f"/static/{name}" for name in FILES}
    assert all(re.fullmatch(r"[0-9a-f]{12}", assets.url(name).partition("?v=")[2]) for name in FILES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_uses_strings_and_icons_that_exist_and_no_inline_code(template: Path) -> None:
    text = template.read_text("utf-8")
    strings = load_catalogue()
    keys = set(re.findall(r"""\bt\(["']([a-z_.0-9]+)["'][,)]""", text))
    assert keys - strings.names() == set()
    prefixes = set(re.findall(r"""\bt\(["']([a-z_.]+\.)["'] ~""", text))
    assert all(any(key.startswith(prefix) for key in strings.names()) for prefix in prefixes)
    sprite = (ROOT / "firmware_profiles/ui/vendor/icons.svg").read_text("utf-8")
    icons = set(re.findall(r"""m?\.?(?:icon|state|empty)\("([a-z0-9-]+)\"""", text))
    assert all(f'id="{icon}"' in sprite for icon in icons)
    assert not re.search(r"""<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|javascript:|hx-on|["']js:""", text)
    assert not re.search(r"[一-鿿]", re.sub(r"一二三四五六日|驿", "", re.sub(r"\{#.*?#\}", "", text)))


def test_no_page_hides_what_every_template_has() -> None:
    set_up = ast.walk(ast.parse((ROOT / "cloud/web/shell.py").read_text("utf-8")))
    calls = [
        one for one in set_up if isinstance(one, ast.Call) and ast.unparse(one.func) == "environment.globals.update"
    ]
    everywhere = {word.arg for call in calls for word in call.keywords}
    assert {"t", "markup"} <= everywhere
    hidden = [
        (path.name, call.lineno, word.arg)
        for path in (ROOT / "cloud").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {"page", "system_page", "render"}
        for word in call.keywords
        if word.arg in everywhere
    ]
    assert hidden == []


def test_a_string_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        load_catalogue()("no.such")
