"""A sentence per kind of problem: what is wrong and what to write instead.

File, line and column are said before the sentence; ``{placeholders}`` are filled from a problem's
values, which never hold a cell.
"""

from kuntakoonti.core.errors import message

SENTENCES: dict[str, str] = {
    # the files
    "missing_table": message(
        "Taulun tiedosto puuttuu. Lisää kansioon {table}.csv, {table}.xlsx tai {table}.parquet."
    ),
    "two_files": message("Taululla on useita tiedostoja: {files}. Jätä kansioon niistä yksi."),
    "unreadable_file": message(
        "Tiedostoa ei voi lukea. Avaa se, tarkista sisältö ja tallenna uudelleen."
    ),
    "not_text": message("Tiedosto ei ole luettavaa tekstiä. Tallenna se muodossa CSV UTF-8."),
    "no_header": message("Tiedosto on tyhjä. Ensimmäisellä rivillä pitää olla sarakkeiden nimet."),
    "missing_column": message("Pakollinen sarake puuttuu. Lisää se tai korjaa otsikko."),
    "doubled_column": message("Sama otsikko on kahdella sarakkeella. Poista toinen sarake."),
    "bad_quotes": message(
        "Lainausmerkki on väärässä paikassa, eikä tiedostoa luettu tästä eteenpäin. "
        "Kirjoita solun sisällä oleva lainausmerkki kahdesti."
    ),
    "ragged_row": message(
        "Rivillä pitää olla {cells} solua kuten otsikossa. "
        "Jos solussa on erotinmerkki, kirjoita solu lainausmerkkeihin."
    ),
    "unknown_column": message("Tiedoston {position}. sarake ei kuulu tauluun, eikä sitä luettu."),
    "several_sheets": message(
        "Työkirjassa on useita täytettyjä välilehtiä. Niistä luettiin {position}."
    ),
    "more_like_these": message("Samaa on vielä {more} muulla rivillä."),
    # the cells
    "empty_cell": message("Pakollinen solu on tyhjä. Täydennä se."),
    "excel_error": message("Solussa on Excelin virhe. Korjaa kaava tai kirjoita arvo."),
    "number_as_id": message(
        "Tunnus on tallennettu lukuna, ja sen loppu on pyöristynyt. Vie tunnukset tekstinä."
    ),
    "identity_code": message(
        "Solussa on henkilötunnukselta näyttävä arvo. Korvaa se pseudonyymillä."
    ),
    "bad_date": message(
        "Päivä ei kelpaa. Kirjoita se muodossa 14.8.2025 tai 2025-08-14, vuosi väliltä 1900–2100. "
        "Avoin loppupäivä jätetään tyhjäksi."
    ),
    "bad_month": message("Kuukausi ei kelpaa. Kirjoita se tekstinä muodossa 2025-08."),
    "bad_period": message("Jakso ei kelpaa. Kirjoita se tekstinä: 2025-08, 2025-Q3 tai 2025."),
    "bad_year": message("Vuosi ei kelpaa. Kirjoita se neljällä numerolla, esimerkiksi 2025."),
    "bad_money": message(
        "Rahamäärä ei kelpaa. Kirjoita esimerkiksi 1 234,50 tai 1234.50 ilman yksikköä."
    ),
    "too_many_decimals": message(
        "Rahamäärässä on yli kaksi desimaalia. Kirjoita se sentilleen, esimerkiksi 1234,50. "
        "Tuhannet erotetaan välilyönnillä, ei pisteellä."
    ),
    "code_not_three_digits": message(
        "Kuntanumerossa on kolme numeroa, esimerkiksi 049. "
        "Excel pudottaa alkunollat: muotoile sarake tekstiksi."
    ),
    "unknown_municipality": message(
        "Kuntanumeroa ei tunneta. Tarkista se Tilastokeskuksen luettelosta."
    ),
    "unknown_service": message("Palvelua ei tunneta. Kirjoita jokin näistä: {services}."),
    "bad_flag": message(
        "Kirjoita 1, jos kirjaus on poistettu. Muuten jätä solu tyhjäksi tai kirjoita 0."
    ),
    "bad_invoice_kind": message("Laskun laji ei kelpaa. Kirjoita invoice, credit tai internal."),
    # the rows
    "end_before_start": message(
        "Loppupäivä on ennen alkupäivää. Korjaa päivät. "
        "Jos loppupäivä ei ole tiedossa, jätä se tyhjäksi."
    ),
    "client_or_group": message("Täytä joko client_id tai group_id: kulu on asiakkaan tai ryhmän."),
    "credit_not_negative": message("Hyvityksen summa kirjoitetaan miinusmerkkisenä."),
    "invoice_negative": message(
        "Laskun summa ei voi olla negatiivinen. Jos rivi on hyvitys, kirjoita lajiksi credit."
    ),
    "same_key": message(
        "Usealla rivillä on sama {key} ja sama {recorded} mutta eri sisältö. "
        "Jätä niistä yksi, tai anna korjaukselle myöhempi {recorded}."
    ),
    "duplicate_row": message("Sama rivi on tiedostossa useammin kuin kerran. Se lasketaan kerran."),
    # what is only noted
    "overlapping_periods": message(
        "Asiakkaalla on samassa palvelussa päällekkäisiä jaksoja. "
        "Asiakas lasketaan kuukaudessa kerran."
    ),
    "start_far_ahead": message(
        "Jakso alkaa yli kaksi vuotta kirjauksen jälkeen. Tarkista alkupäivä."
    ),
    "missing_residence": message(
        "Asiakkaalla ei ole kotikuntaa kaikkina palvelupäivinä. Tarkista kotikuntatiedot."
    ),
    "overlapping_residences": message(
        "Asiakkaalla on samalla ajalla kaksi kotikuntaa. Myöhemmin alkanut ratkaisee."
    ),
    "negative_cost": message("Kulu on negatiivinen. Se luetaan oikaisuksi tai takaisinperinnäksi."),
    "cost_without_period": message(
        "Asiakas ei ollut palvelussa kulun kuukautena. "
        "Kulu kohdistuu kuukauden viimeisen päivän kotikuntaan."
    ),
    "unknown_client": message(
        "Kulun asiakasta ei ole yhdelläkään palvelujaksolla. Tarkista asiakkaan tunnus."
    ),
    "group_without_clients": message(
        "Ryhmässä ei ollut osallistujia kulun kuukautena. Kulu jää kohdistamatta."
    ),
    "credit_of_nothing": message("Hyvityksellä ei ole hyvitettävän laskun tunnusta. Lisää tunnus."),
    "credit_of_unknown": message("Hyvityksen laskua ei ole tiedostossa. Tarkista laskun tunnus."),
    "invoice_not_member": message(
        "Lasku on kunnalle, joka ei ole alueen jäsen. Tarkista kuntanumero."
    ),
    "budget_not_member": message(
        "Talousarvio on kunnalle, joka ei ole alueen jäsen. Tarkista kuntanumero."
    ),
}

RECORDING_SENTENCES = {
    "recording_stalled": message(
        "{place}: {since} alkaen on kirjattu {found} riviä, tavallisesti siinä ajassa {usual}. Tarkista "
        "poiminta. Ennuste lukee palvelun kirjaukset niin kuin ne olivat ennen katkosta."
    ),
    "service_without_costs": message(
        "{place}: palvelujaksoja on yli puolen vuoden ajalta, kuluja ei lainkaan. Tarkista poiminta."
    ),
    "service_without_periods": message(
        "{place}: kuluja on yli puolen vuoden ajalta, palvelujaksoja ei lainkaan. Tarkista poiminta."
    ),
}

MISMATCH_SENTENCES = {
    "advance_missing": message(
        "Ennakkolasku puuttuu: {place}. Talousarvion mukaan sen pitäisi olla {expected}."),
    "advance_doubled": message(
        "Ennakko on laskutettu kahdesti: {place} (laskut {invoices}). Lisää hyvityslasku."),
    "advance_doubled_credited": message(
        "Ennakko on laskutettu kahdesti ja hyvitetty: {place} (laskut {invoices})."),
    "advance_differing": message(
        "Ennakko poikkeaa talousarviosta: {place} (laskut {invoices}). "
        "Laskutettu {invoiced}, talousarvion mukaan {expected}."),
    "advance_misdirected": message(
        "Ennakko näyttää toisen kunnan laskulta: {place} (laskut {invoices}). Tarkista kunta."),
}  # fmt: skip
