"""A sentence per kind of problem: what is wrong and what to write instead.

File, line and column are said before the sentence; ``{placeholders}`` are filled from a problem's
values, which never hold a cell.
"""

from kuntakoonti.core.errors import message

SENTENCES: dict[str, str] = {
    # the files
    "missing_table": message(
        "The file of the table is missing. Add {table}.csv, {table}.xlsx or {table}.parquet to the "
        "folder."
    ),
    "other_names": message(
        "The file of table {table} is missing. The folder has {files}: name it {table}.csv, .xlsx "
        "or .parquet, or declare it in sources.yml (kuntakoonti new-sources)."
    ),
    "other_type": message(
        "The file is {type}. Save it as {table}.csv (CSV UTF-8), {table}.xlsx or {table}.parquet, "
        "or declare it in sources.yml (kuntakoonti new-sources)."
    ),
    "locked_workbook": message("The workbook is protected by a password. Save it without one."),
    "two_files": message("The table has several files: {files}. Leave one of them in the folder."),
    "unreadable_file": message(
        "The file cannot be read. Open it, check its content and save it again."
    ),
    "not_text": message("The file is not readable text. Save it as CSV UTF-8."),
    "no_header": message("The file is empty. Its first row must have the names of the columns."),
    "heading_not_found": message(
        "The headings are not found. Line {line} looks like headings (separator {separator}). Give "
        "the columns the table's own names or declare them in sources.yml (kuntakoonti "
        "new-sources)."
    ),
    "heading_line": message("The headings stand on this line. The lines before it were not read."),
    "number_not_printed": message(
        "The invoice's number could hold a name or an identity code and is not shown. Shown are at most "
        "30 characters with a digit and at most six letters in a row, or a form of area.yml "
        "(invoice_numbers)."
    ),
    "cells_far_apart": message(
        "The workbook has cells so far apart that it cannot be read. Remove the cells far from the "
        "table and save the workbook again."
    ),
    "row_beyond_excel": message(
        "The row numbers of the workbook go beyond the last row of a sheet ({rows}). Save the "
        "workbook again in Excel."
    ),
    "hidden_sheet": message(
        "The headings are on a hidden sheet, which is not read. Unhide the sheet."
    ),
    "missing_sheet": message("The workbook has no visible filled sheet {sheet}."),
    "missing_column": message("A required column is missing. Add it or correct the heading."),
    "doubled_column": message("Two columns have the same heading. Remove one of them."),
    "bad_quotes": message(
        "A quotation mark is in the wrong place, and the file was not read from here on. Write a "
        "quotation mark inside a cell twice."
    ),
    "ragged_row": message(
        "The row must have {cells} cells, as the heading has. If a cell holds the separator, write "
        "the cell in quotation marks."
    ),
    "no_record": message(
        "Most required cells of the row are empty or wrong: it is a total, a heading or a remark, "
        "not a record. Remove the row, or leave it out by sources.yml (left_out)."
    ),
    "unknown_column": message(
        "Column {position} of the file is not of the table and was not read."
    ),
    "several_sheets": message(
        "The workbook has several filled sheets. Of them {position} was read."
    ),
    "more_like_these": message("The same is on {more} other rows."),
    # what sources.yml declares
    "table_not_declared": message("Table {table} is not declared. Add it under tables."),
    "no_such_files": message("There is no file {patterns}. Check --data or sources.yml."),
    "same_file_twice": message("The same file is in the folder twice: {files}. Remove one."),
    "not_as_declared": message(
        "The file is {type}. Write the right format in sources.yml or export the file again."
    ),
    "no_extracts": message("There is no extract of the table. Check --data or sources.yml."),
    "extract_truncated": message(
        "The extract lacks {vanished}/{rows} rows of the one before: it is not whole. Export it "
        "again, or write in sources.yml how many months an extract reaches back (window)."
    ),
    "failed_query": message(
        "The query fails in the database. Try it with the database's own program."
    ),
    "unreadable_query": message(
        "The result of the query has a column that cannot be read as text."
    ),
    "left_out": message("Rows left out: {rows}; {reason}."),
    # the cells
    "empty_cell": message("A required cell is empty. Fill it in."),
    "excel_error": message("The cell has an Excel error. Correct the formula or write the value."),
    "formula_not_calculated": message(
        "The cell has a formula that was never calculated. Open the workbook in Excel and save it."
    ),
    "narrow_column": message(
        "The cell has number signs only: the value did not fit in the column. Widen the column and "
        "export again."
    ),
    "damaged_letters": message(
        "The letters of the identifier are damaged: the file was read in the wrong encoding. "
        "Export it as UTF-8."
    ),
    "time_of_day": message(
        "The cell has a time of day beside the day. Export the day alone: in another time zone it "
        "could be another day."
    ),
    "number_as_id": message(
        "The id is stored as a number, and its end has been rounded. Export ids as text."
    ),
    "identity_code": message(
        "The cell has a value that looks like a personal identity code. Replace it with a "
        "pseudonym."
    ),
    "bad_date": message(
        "The date is not valid. Write it as 14.8.2025 or 2025-08-14, years 1900–2100. Leave an "
        "open end date empty."
    ),
    "bad_month": message("The month is not valid. Write it as text, as 2025-08."),
    "bad_period": message("The period is not valid. Write it as text: 2025-08, 2025-Q3 or 2025."),
    "bad_year": message("The year is not valid. Write it with four digits, for example 2025."),
    "bad_money": message(
        "The amount is not valid. Write for example 1 234,50 or 1234.50 without a unit."
    ),
    "bad_number": message(
        "The value is not valid. Write a number of at most two decimals, for example 15230 or 12,5."
    ),
    "too_many_decimals": message(
        "The amount has more than two decimals. Write it to the cent, for example 1234,50. "
        "Thousands are separated by a space, not by a point."
    ),
    "code_not_three_digits": message(
        "A municipality code has three digits, for example 049. Excel drops leading zeros: format "
        "the column as text."
    ),
    "unknown_municipality": message(
        "The municipality code is not known. Check it in the list of Statistics Finland."
    ),
    "unknown_service": message("The service is not known. Write one of these: {services}."),
    "bad_flag": message(
        "Write 1 if the record is removed. Otherwise leave the cell empty or write 0."
    ),
    "bad_invoice_kind": message(
        "The kind of invoice is not valid. Write invoice, credit or internal."
    ),
    # the rows
    "end_before_start": message(
        "The end date is before the start date. Correct the dates. If the end date is not known, "
        "leave it empty."
    ),
    "client_or_group": message(
        "Fill in either client_id or group_id: the cost is of a client or of a group."
    ),
    "client_of_key": message(
        "The service is shared by a key, and its cost is of no client and no group. Leave client_id "
        "and group_id empty, or write another service."
    ),
    "period_of_key": message(
        "The service is shared by a key and has no service periods. Remove the row, or write another "
        "service."
    ),
    "key_negative": message("The value of a key is not negative. Write it without a minus."),
    "key_missing": message(
        "Key {key} has no value of {municipality} for {year}, and {service} is shared by it. Add the "
        "row to table keys."
    ),
    "key_zero": message(
        "Key {key} comes to zero for {month}, and {service} is shared by it. Correct the values in "
        "table keys."
    ),
    "credit_not_negative": message("Write the amount of a credit with a minus."),
    "invoice_negative": message(
        "The amount of an invoice cannot be negative. If the row is a credit, write credit as its "
        "kind."
    ),
    "same_key": message(
        "Several rows have the same {key} and the same {recorded} but different content. Leave one "
        "of them, or give the correction a later {recorded}."
    ),
    "duplicate_row": message("The same row is in the file more than once. It is counted once."),
    "budget_negative": message("A budget is not negative. Write the amount without a minus."),
    "code_not_yet_or_no_longer": message(
        "The municipality code was no longer in use at that time: the municipality has been "
        "merged. Write the code of the new one."
    ),
    "number_used_twice": message(
        "One number means two things: the client, service or month is another than on the earlier "
        "row. If numbers begin again each year, write numbers: restart_yearly in sources.yml."
    ),
    "numbers_moved": message(
        "Too many numbers ({moved}/{numbers}) mean different things on different rows. If numbers "
        "begin again each year, write numbers: restart_yearly in sources.yml."
    ),
    "invoice_used_twice": message(
        "One invoice number means two invoices: the municipality, kind or year is another. If "
        "numbers begin again each year, write numbers: restart_yearly in sources.yml."
    ),
    "ids_unknown": message(
        "Of the identifiers {unknown}/{ids} are not in table {other}. Check that identifiers have "
        "the same form in both and come from the same system."
    ),
    # what is only noted
    "moved": message(
        "The earlier row of this number was of another client, service or month. It counts in its "
        "new place."
    ),
    "invoice_replaced": message(
        "The invoice has a later date than on its earlier rows. It replaces the earlier rows of "
        "the invoice."
    ),
    "recorded_ahead": message(
        "Recorded after the extraction date (rows: {rows}). They do not count before that day."
    ),
    "far_too_large": message(
        "The amounts of service {service} are about a hundred times too large for the budget or "
        "the price. Check that cents were not exported as euros."
    ),
    "former_code_goes_on": message(
        "The municipality has been merged, but the residence goes on. From then on the client is "
        "outside the area: add a row with the code of the new municipality."
    ),
    "overlapping_periods": message(
        "The client has overlapping periods in the same service. The client is counted once a "
        "month."
    ),
    "start_far_ahead": message(
        "The period begins more than two years after it was recorded. Check the start date."
    ),
    "missing_residence": message(
        "The client has no municipality of residence on some service days. Check the residences."
    ),
    "overlapping_residences": message(
        "The client has two municipalities of residence at the same time. The one that began later "
        "counts."
    ),
    "negative_cost": message("The cost is negative. It is read as a correction or a recovery."),
    "cost_without_period": message(
        "The client was not in the service in the month of the cost. The cost goes to the "
        "municipality of residence on the month's last day."
    ),
    "unknown_client": message(
        "The client of the cost is in no service period. Check the client's id."
    ),
    "group_without_clients": message(
        "The group had no participants in the month of the cost. The cost stays unallocated."
    ),
    "credit_of_nothing": message(
        "The credit does not name the invoice that it credits. Add its id."
    ),
    "credit_of_unknown": message(
        "The invoice that is credited is not in the file. Check the invoice's id."
    ),
    "invoice_not_member": message(
        "The invoice is to a municipality that is not a member of the area. Check the municipality "
        "code."
    ),
    "budget_not_member": message(
        "The budget is of a municipality that is not a member of the area. Check the municipality "
        "code."
    ),
}

RECORDING_SENTENCES = {
    "recording_stalled": message(
        "{place}: rows recorded since {since}: {found}, usual by now: {usual}. Check the extract. The "
        "forecast reads the service's records as they were before the stall."
    ),
    "service_without_costs": message(
        "{place}: service periods of more than half a year, no costs at all. Check the extract."
    ),
    "service_without_periods": message(
        "{place}: costs of more than half a year, no service periods at all. Check the extract."
    ),
}

MISMATCH_SENTENCES = {
    "advance_missing": message(
        "The advance invoice is missing: {place}. By the budget it should be {expected}."),
    "advance_doubled": message(
        "The advance was invoiced twice: {place} (invoices {invoices}). Add a credit note."),
    "advance_doubled_credited": message(
        "The advance was invoiced twice and credited: {place} (invoices {invoices})."),
    "advance_differing": message(
        "The advance differs from the budget: {place} (invoices {invoices}). Invoiced "
        "{invoiced}, by the budget {expected}."),
    "advance_misdirected": message(
        "The advance looks like another municipality's invoice: {place} (invoices {invoices}). "
        "Check the municipality."),
}  # fmt: skip
RELEASE_SENTENCES = {
    "published_count_differs": message(
        "{place}: published {published}, by the records {then} on its closing day and {now} now. The "
        "published count stays; kuntakoonti correct changes it."
    ),
    "budget_equals_hidden_actual": message(
        "The budget equals last year's actual cost, which is not shown: {place}. Round the budget, "
        "so that it does not tell the actual cost."
    ),
    "fixed_price": message(
        "Service {service}: in the costs of {year} a client-month has one fixed price, so the "
        "total may tell the cost of the other services. Write in rules.yml a value for the rule "
        "total_services that is at least {value} on {day}."
    ),
}

# What is found after the reading is noted too, and never stops it.
NOTED = frozenset(
    (
        "number_not_printed",
        "heading_line",
        "unknown_column",
        "several_sheets",
        "left_out",
        "duplicate_row",
        "moved",
        "invoice_replaced",
        "recorded_ahead",
        "far_too_large",
        "former_code_goes_on",
        "overlapping_periods",
        "start_far_ahead",
        "missing_residence",
        "overlapping_residences",
        "negative_cost",
        "cost_without_period",
        "unknown_client",
        "group_without_clients",
        "credit_of_nothing",
        "credit_of_unknown",
        "invoice_not_member",
        "budget_not_member",
        *MISMATCH_SENTENCES,
        *RECORDING_SENTENCES,
        *RELEASE_SENTENCES,
    )
)
