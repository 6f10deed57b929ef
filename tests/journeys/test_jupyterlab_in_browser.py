"""JupyterLab in a real Chromium: open, change the municipality, run all, see the table, export."""

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser, Page
from worlds.chromium import chromium
from worlds.laboratory import SECONDS, TOKEN, Lab, free_port, jupyterlab, server
from worlds.places import PROJECT

pytestmark = pytest.mark.slow

CODE = "857"
NAME = "857-Tuusniemi"
ANNEX = "notebooks/monthly_annex.ipynb"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def lab(
    browser: Browser, august_draft: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    with jupyterlab(august_draft, tmp_path_factory.mktemp("lab")) as found:
        yield found


def opened(browser: Browser, lab: Lab, path: str) -> Page:
    """A tab of the browser with a notebook in JupyterLab, its kernel ready."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(SECONDS * 1000)
    # A workspace of its own: the one of another tab would be restored, and be the active one or not.
    page.goto(f"{lab.url}lab/workspaces/{Path(path).stem}/tree/{path}?token={lab.token}")
    page.get_by_text("| Idle").wait_for()
    return page


def choose(page: Page, menu: str, item: str) -> None:
    """Click an entry of a menu."""
    page.locator(".lm-MenuBar-item", has_text=menu).click()
    page.get_by_role("menuitem", name=item, exact=True).first.click()


def run_all(page: Page) -> None:
    """Run → Run All Cells, until the last cell has its number; no cell may show an error."""
    choose(page, "Run", "Run All Cells")
    last = page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")
    last.get_by_text(re.compile(r"\[\d+\]:")).wait_for()
    assert (
        page.locator('[data-mime-type="application/vnd.jupyter.stderr"] >> text=Error').count() == 0
    )


@pytest.fixture(scope="module")
def annex(browser: Browser, lab: Lab) -> Page:
    """The annex of another municipality than the notebook's own, run by hand."""
    page = opened(browser, lab, ANNEX)
    parameters = page.locator(".jp-CodeCell").first.locator(".cm-content")
    assert 'municipality = "297"' in parameters.inner_text()
    parameters.get_by_text('"297"').dblclick()
    page.keyboard.insert_text(CODE)
    assert f'municipality = "{CODE}"' in parameters.inner_text()
    run_all(page)
    return page


def test_the_table_in_the_browser_has_the_batchs_figures(annex: Page, august_draft: Path) -> None:
    """Tuusniemi's counts of clients, month by month, are those of the batch's CSV."""
    shown = annex.locator(".jp-OutputArea-output", has_text="Asiakkaita palveluissa").last
    cells = shown.locator("tbody tr", has_text="Palkkatuki").locator("td").all_inner_texts()
    made = august_draft / "draft" / "2025-08" / NAME / f"{NAME}-koontitiedot-2025-08.csv"
    with made.open(encoding="utf-8", newline="") as file:
        rows = [
            r for r in csv.DictReader(file)
            if (r["measure"], r["service"]) == ("clients", "palkkatuki") and "2025-" in r["period"]
        ]  # fmt: skip
    said = {"final": "{}", "preliminary": "väh. {}*", "under_threshold": "alle 5"}
    rows.sort(key=lambda row: row["period"])
    expected = [said[r["status"]].format(r["value"] or r["class_low"]) for r in rows]
    assert [re.sub(r"\s+(?=\*)", "", c).replace("\u00a0", " ") for c in cells] == expected
    assert len(expected) == 8
    heading = annex.locator(".jp-OutputArea-output", has_text="Kuntalaskutuksen liite").first
    assert f"{CODE} Tuusniemi" in heading.inner_text().replace("\u00a0", " ")


@pytest.mark.parametrize(("entry", "suffix"), [("Kuntakoonti_html", "html"), ("Typst", "pdf")])
def test_the_page_is_exported_from_the_menu(
    annex: Page, entry: str, suffix: str, tmp_path: Path
) -> None:
    """File → Save and Export Notebook As gives the page as the batch publishes it: no code, no script."""
    annex.locator(".lm-MenuBar-item", has_text="File").click()
    annex.locator(".lm-Menu-item", has_text="Save and Export Notebook As").hover()
    with annex.expect_download() as started:
        annex.locator(".lm-Menu-item", has_text=entry).click()
    file = tmp_path / f"page.{suffix}"
    started.value.save_as(file)
    if suffix == "pdf":
        with pikepdf.open(file) as document:
            assert "/StructTreeRoot" in document.Root and len(document.pages) == 2
        return
    text = file.read_text(encoding="utf-8")
    assert f"{CODE} Tuusniemi" in text.replace("\u00a0", " ")
    assert "<script" not in text and "open_annex" not in text and "http://" not in text


def test_start_here_is_walked_through_in_the_browser(browser: Browser, lab: Lab) -> None:
    """All cells of start_here.ipynb: the month is approved and one package is marked as sent."""
    page = opened(browser, lab, "notebooks/start_here.ipynb")
    page.set_default_timeout(5 * SECONDS * 1000)
    run_all(page)
    said = "\n".join(page.locator(".jp-OutputArea-output").all_inner_texts())
    assert "Mikään ei kaatunut" in said and "EPÄONNISTUI" not in said
    desk = lab.output.parent / "desk" / "outputs-example"
    assert len((desk / "ledger.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert CODE in (desk / "sent.csv").read_text(encoding="utf-8")


def test_make_lab_opens_start_here_with_the_example_data_beside_it(tmp_path: Path) -> None:
    """`make lab` starts a server on copies of the notebooks; its first page is start_here.ipynb."""
    make = shutil.which("make")
    if not make:
        assert not os.environ.get("CI")
        pytest.skip("no make here")
    port = free_port()
    (tmp_path / "JUPYTER_CONFIG_DIR").mkdir()
    answers = {
        "ServerApp": {"allow_root": True, "port": port, "ip": "127.0.0.1"},
        "IdentityProvider": {"token": TOKEN},
    }
    config = tmp_path / "JUPYTER_CONFIG_DIR" / "jupyter_server_config.json"
    config.write_text(json.dumps(answers), encoding="utf-8")
    ready = f"{sys.prefix}/bin/kuntakoonti"
    command = [make, "lab", f"VENV={sys.prefix}", f"OUTPUT={tmp_path / 'outputs'}", "-o", ready]
    with server(command, tmp_path, {"BROWSER": "true"}) as url:
        lab = Lab(url, TOKEN, tmp_path)
        here = {f["path"] for f in lab.api("GET", "contents/")["content"]}
        (opens,) = (tmp_path / "JUPYTER_RUNTIME_DIR").glob("jpserver-file-to-run-*-open.html")
        first_page = opens.read_text(encoding="utf-8")
    assert {p.name for p in (PROJECT / "notebooks").glob("*.ipynb")} <= here
    assert "/lab/tree/start_here.ipynb" in first_page
