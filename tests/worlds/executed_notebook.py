"""The annex of Kuopio as an executed notebook, before it is a page."""

import io
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import font_source_sans_pro
import matplotlib as mpl
import nbformat
from matplotlib import font_manager
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ALT = "Pylväskaavio: asiakkaita kuukausittain palveluittain tammikuusta elokuuhun 2025."
CAPTION = "Asiakkaita kuukaudessa 2025; täytetty = valmis, vinoviivoitettu = ennakkotieto."
SECRET = "010190-999X"
_MONTHS = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo")
MONTHS = [f"{name}kuu" for name in _MONTHS]
CLIENTS = {
    "Palkkatuki": [468, 474, 490, 498, 510, 521, 500, 480],
    "Starttiraha": [61, 60, 63, 66, 64, 65, 63, 55],
    "Kotoutumiskoulutus": [214, 216, 220, 219, 215, 212, 124, 200],
}
METADATA = {
    "title": "Kuntalaskutuksen liite: koontitiedot, elokuu 2025, 297 Kuopio",
    "language": "fi",
    "date": "2025-09-15",
    "author": "Kuopion kaupunki, Työllisyysalue",
    "subject": "Aiheuttamisperusteisesti laskutettavat palvelut",
    "running_head": "Kuntalaskutuksen liite, elokuu 2025 · 297 Kuopio",
    "running_foot": "Asia 6194/00.04.01/2025 · versio 1",
    "page_label": "sivu",
    "draft_label": "",
}
TOP = """<header class="letterhead"><p class="sender">Kuopion kaupunki · Työllisyysalue</p>
<p class="case">Asia 6194/00.04.01/2025 · versio 1</p></header>
<h1>Kuntalaskutuksen liite: koontitiedot, elokuu 2025</h1>
<dl class="facts"><dt>Kunta</dt><dd>297 Kuopio (vastuukunta, sisäinen veloitus)</dd>
<dt>Tilanne</dt><dd>15.9.2025</dd>
<dt>Liittyy</dt><dd>syyskuun 2025 ennakko, tosite 4472951</dd>
<dt>Hyväksytty</dt><dd>16.9.2025, controller</dd></dl>
<p class="lead">Kesäkuussa, viimeisimpänä kaikissa palveluissa valmiina kuukautena, palkkatuella oli
<strong>521</strong>, starttirahalla <strong>65</strong> ja kotoutumiskoulutuksessa
<strong>212</strong> asiakasta. Ennakot ovat talousarvion mukaiset. Vuoden kustannusarvio on noin
9,48 milj. €: hyvitystä kertyisi noin 160 000 €.</p>"""
ADVANCES = """<h2>Ennakot ja kustannusarvio</h2><table class="figures">
<caption>Ennakot palveluittain, €</caption><thead><tr><th scope="col">Palvelu</th>
<th scope="col">Talousarvio 2025</th><th scope="col">Syyskuu, tämä veloitus</th>
<th scope="col">1–9/2025</th><th scope="col">Osuus</th></tr></thead><tbody>
<tr><th scope="row">Palkkatuki</th><td class="n">6 480 000,00</td><td class="n">540 000,00</td>
<td class="n">4 860 000,00</td><td class="n">75,0 %</td></tr>
<tr><th scope="row">Starttiraha</th><td class="n">516 000,00</td><td class="n">43 000,00</td>
<td class="n">387 000,00</td><td class="n">75,0 %</td></tr>
<tr><th scope="row">Kotoutumiskoulutus</th><td class="n">2 640 000,00</td>
<td class="n">220 000,00</td><td class="n">1 980 000,00</td><td class="n">75,0 %</td></tr>
<tr class="total"><th scope="row">Yhteensä</th><td class="n">9 636 000,00</td>
<td class="n">803 000,00</td><td class="n">7 227 000,00</td><td class="n">75,0 %</td></tr>
</tbody></table>
<p>Poikkeavia, puuttuvia tai kaksinkertaisia laskuja: ei. Talousarvio 78,60 €/asukas.</p>
<p>Kustannusarvio 9,48 milj. € (80 %: 9,10–9,90), tasaus: hyvitys 540 000 € … lisälasku
260 000 €.</p>"""
BOX = """<aside class="box"><h2>Miten lukuja luetaan</h2>
<p><strong>Alle 5</strong> = 0–4 asiakasta. Tarkempaa lukua ei kerrota, koska jo asiakkuus on
salassa pidettävä tieto (<abbr title="julkisuuslaki">JulkL</abbr> 24 § 1 mom. 25 k) ja pienestä
luvusta voisi päätellä, kenestä on kyse. Laskun summaan se ei vaikuta.</p>
<ul><li><strong>väh. 480*</strong> = kirjattu tähän mennessä 480–499 asiakasta.</li>
<li>Tarkka luku annetaan kerran, kun kuukausi on valmis: palkkatuki kahden, muut yhden kuukauden
kuluttua.</li></ul></aside>
<h2>Mistä laskutus muodostuu</h2>
<p>Kunta vastaa palkkatuen, starttirahan ja kotoutumiskoulutuksen kustannuksista
aiheuttamisperusteisesti: palvelun maksaa se kunta, jossa asiakas asui kuukauden viimeisenä
palvelupäivänä. Ennakot perustuvat talousarvioon, ja ne tasataan toteuman mukaan vuoden
päätyttyä.</p>
<ol><li>Ennakko laskutetaan kuukausittain, kahdestoistaosa talousarviosta.</li>
<li>Toteuma kertyy, kun maksatukset on haettu ja maksettu; palkkatuessa viive on pisin.</li>
<li>Tasaus tehdään vuoden vaihduttua: hyvitys tai lisälasku.</li></ol>
<p>Kuntakohdistus tarkistettu: jäsenkunnat + alueen ulkopuoli + kohdentamatta = lähdetiedot, erotus
0,00 €. Huomautukset 30 päivässä: talouspalvelut, tyollisyysalue@kuopio.example.</p>
<p class="note">Luvut muodostetaan vain koontina; yksittäistä asiakasta koskevaa tietoa ei ole
käsitelty tätä liitettä laadittaessa.</p>"""


def clients_table() -> str:
    """The table of clients by month, the last two months preliminary."""
    rows = []
    for place, month in enumerate(MONTHS):
        cells = []
        for service, counts in CLIENTS.items():
            late = place == 7 or (place == 6 and service == "Palkkatuki")
            shown = f"väh. {counts[place]}*" if late else str(counts[place])
            kind = "preliminary" if late else "final"
            cells.append(f'<td class="n {kind}">{shown}</td>')
        rows.append(f'<tr><th scope="row">{month}</th>{"".join(cells)}</tr>')
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Kuukausi", *CLIENTS))
    return (
        f'<h2>Asiakkaat</h2><table class="figures"><caption>Asiakkaita kuukaudessa 2025</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        '<p class="note">* ennakkotieto: kirjattu tähän mennessä; tarkka luku annetaan kerran, '
        "kun kuukausi on valmis. Uutta tarkkana: palkkatuki 6/2025, starttiraha ja "
        "kotoutumiskoulutus 7/2025.</p>"
    )


@lru_cache
def chart() -> str:
    """A chart of the clients as SVG, its text kept as text."""
    fonts = {
        "font.family": ["Source Sans Pro", "sans-serif"],
        "svg.fonttype": "none",
        "svg.hashsalt": "kuntakoonti",
        "font.size": 8.5,
    }
    for face in ("Regular", "Bold"):
        name = f"SourceSansPro-{face}.ttf"
        font_manager.fontManager.addfont(Path(font_source_sans_pro.font_directory) / name)
    with mpl.rc_context(fonts):
        drawn = Figure(figsize=(6.69, 2.0))
        for place, (service, counts) in enumerate(CLIENTS.items()):
            axes = drawn.add_axes((0.05 + place * 0.325, 0.13, 0.28, 0.72))
            bars = axes.bar(range(8), counts, color="#0b4a5a", width=0.7)
            for bar in bars[7 if place else 6 :]:
                bar.set(facecolor="white", edgecolor="#0b4a5a", hatch="////", linewidth=0.8)
            axes.set_title(service, loc="left", fontsize=9, color="#0b4a5a")
            axes.set_xticks(range(8), list("THMHTKHE"))
            axes.spines[["top", "right", "left"]].set_visible(False)
            axes.tick_params(length=0, colors="#4a585b")
        drawn_svg = io.StringIO()
        drawn.savefig(drawn_svg, format="svg", metadata={"Date": None}, transparent=True)
    return drawn_svg.getvalue()


def display(
    data: dict[str, str], metadata: dict[str, object] | None = None
) -> nbformat.NotebookNode:
    """One displayed output."""
    return new_output("display_data", data=data, metadata=metadata or {})


def shown(*fragments: str, tags: Iterable[str] = ()) -> nbformat.NotebookNode:
    """A code cell that displayed fragments of HTML."""
    outputs = [display({"text/html": fragment, "text/plain": "plain"}) for fragment in fragments]
    return new_code_cell("secret_code()", outputs=outputs, metadata={"tags": list(tags)})


def notebook(*cells: nbformat.NotebookNode, **metadata: str) -> nbformat.NotebookNode:
    """A notebook of these cells with the metadata of the sample, changed where told."""
    made = new_notebook(cells=list(cells), metadata={"kuntakoonti": {**METADATA, **metadata}})
    for place, cell in enumerate(made.cells):
        cell.id = f"cell-{place}"
    return made


def kuopio(**metadata: str) -> nbformat.NotebookNode:
    """The annex of Kuopio as an executed notebook, with everything that must not be published."""
    picture = {"image/svg+xml": {"alt": ALT, "caption": CAPTION}}
    plain = new_output("execute_result", data={"text/plain": f"only_plain {SECRET}"})
    streams = [new_output("stream", name=n, text=f"{n} {SECRET}") for n in ("stdout", "stderr")]
    advances = re.sub(r"(?<=[0-9]) (?=[0-9]{3}|%|€)", "\u00a0", ADVANCES)
    result = new_output("execute_result", data={"text/html": advances}, execution_count=3)
    return notebook(
        shown("<p>hidden_parameters</p>", tags=["parameters"]),
        shown("<p>hidden_injected</p>", tags=["injected-parameters"]),
        shown("<p>hidden_removed</p>", tags=["remove-cell"]),
        shown(TOP),
        new_code_cell(
            "clients", outputs=[*streams, plain, display({"text/html": clients_table()})]
        ),
        new_code_cell(
            "chart", outputs=[display({"image/svg+xml": chart(), "text/plain": "x"}, picture)]
        ),
        new_code_cell("advances", outputs=[result]),
        shown(BOX),
        new_markdown_cell("## Yhteys\n\nKysymykset: *controller*, **Työllisyysalue**."),
        **metadata,
    )
