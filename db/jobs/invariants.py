"""What must always hold in the books, each as one statement that returns the rows where it does not (R1, R24, R25).

Most compare what is *kept* with what follows from the *facts*: both are put into one column each, added up by key,
and a key whose sums differ is wrong. That finds a row too many, a row too few and a wrong figure alike.
Every statement gives ``estate_id, subject, expected, found`` and runs unchanged on SQLite and PostgreSQL.
"""

from typing import Final

from db.jobs.service_invariants import SERVICE_INVARIANTS
from db.repositories.survey_forms import TALLIES

_EFFECTS: Final = """
    effects AS (
        SELECT e.estate_id, e.id, coalesce(o.kind, e.kind) AS kind,
               CAST(substr(CAST(e.business_date AS VARCHAR), 1, 4) AS INTEGER) * 100
               + CAST(substr(CAST(e.business_date AS VARCHAR), 6, 2) AS INTEGER) AS month
        FROM journal_entries e
        LEFT JOIN journal_entries o ON o.estate_id = e.estate_id AND o.id = e.reverses_id
    )
"""
"""Every voucher with the kind whose effect it has (a reversal: the kind it reverses) and its posting month."""

INVARIANTS: Final[dict[str, str]] = {
    "entry_balances": """
        SELECT e.estate_id, e.id AS subject, 0 AS expected, coalesce(sum(l.amount_fen), 0) AS found
        FROM journal_entries e
        LEFT JOIN journal_lines l ON l.estate_id = e.estate_id AND l.entry_id = e.id
        GROUP BY e.estate_id, e.id
        HAVING count(l.line) < 2 OR coalesce(sum(l.amount_fen), 0) <> 0
    """,
    "line_has_entry": """
        SELECT l.estate_id, l.entry_id AS subject, 0 AS expected, l.amount_fen AS found
        FROM journal_lines l
        LEFT JOIN journal_entries e ON e.estate_id = l.estate_id AND e.id = l.entry_id
        WHERE e.id IS NULL
    """,
    "bill_paid": "WITH "
    + _EFFECTS
    + """
        SELECT estate_id, bill_id AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, id AS bill_id, paid_fen AS kept, 0 AS facts FROM bills
            UNION ALL
            SELECT estate_id, bill_id, 0, amount_fen FROM allocations
        ) both_sides
        GROUP BY estate_id, bill_id HAVING sum(kept) <> sum(facts)
    """,
    "bill_relief": "WITH "
    + _EFFECTS
    + """
        SELECT estate_id, bill_id AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, id AS bill_id, relief_fen AS kept, 0 AS facts FROM bills
            UNION ALL
            SELECT l.estate_id, l.bill_id, 0, -l.amount_fen
            FROM journal_lines l JOIN effects e ON e.estate_id = l.estate_id AND e.id = l.entry_id
            WHERE l.account = 'receivable' AND e.kind = 'relief'
        ) both_sides
        GROUP BY estate_id, bill_id HAVING sum(kept) <> sum(facts)
    """,
    "bill_open_amount": """
        SELECT estate_id, bill_id AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, id AS bill_id, amount_fen - paid_fen - relief_fen AS kept, 0 AS facts FROM bills
            UNION ALL
            SELECT estate_id, bill_id, 0, amount_fen FROM journal_lines WHERE account = 'receivable'
        ) both_sides
        GROUP BY estate_id, bill_id HAVING sum(kept) <> sum(facts)
    """,
    "unit_credit": """
        SELECT estate_id, unit_id AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, unit_id, credit_fen AS kept, 0 AS facts FROM unit_accounts
            UNION ALL
            SELECT estate_id, unit_id, 0, -amount_fen FROM journal_lines WHERE account = 'customer_credit'
        ) both_sides
        GROUP BY estate_id, unit_id HAVING sum(kept) <> sum(facts)
    """,
    "payment_amount": """
        SELECT estate_id, entry_id AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, entry_id, method, amount_fen AS kept, 0 AS facts FROM payments
            UNION ALL
            SELECT l.estate_id, l.entry_id, l.method, 0, l.amount_fen
            FROM journal_lines l
            JOIN journal_entries e ON e.estate_id = l.estate_id AND e.id = l.entry_id
            WHERE l.account = 'cash_and_bank' AND e.kind = 'payment'
        ) both_sides
        GROUP BY estate_id, entry_id, method HAVING sum(kept) <> sum(facts)
    """,
    "receipts_without_gap": """
        SELECT estate_id, receipt_no AS subject, previous + 1 AS expected, receipt_no AS found
        FROM (
            SELECT estate_id, receipt_no,
                   coalesce(lag(receipt_no) OVER (PARTITION BY estate_id ORDER BY receipt_no), 0) AS previous
            FROM (
                SELECT estate_id, receipt_no FROM payments
                UNION ALL
                SELECT estate_id, last_receipt + 1 FROM estate_heads
            ) numbers
        ) in_order
        WHERE receipt_no <> previous + 1
    """,
    "receivable_cells": "WITH "
    + _EFFECTS
    + """
        SELECT estate_id,
               measure || ' ' || CAST(service_month AS VARCHAR) || '/' || CAST(posting_month AS VARCHAR)
               || ' building ' || CAST(building_id AS VARCHAR) AS subject,
               sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, service_month, posting_month, building_id, 'billed' AS measure,
                   billed_fen AS kept, 0 AS facts FROM receivable_cells
            UNION ALL
            SELECT estate_id, service_month, posting_month, building_id, 'received', received_fen, 0
            FROM receivable_cells
            UNION ALL
            SELECT estate_id, service_month, posting_month, building_id, 'relief', relief_fen, 0
            FROM receivable_cells
            UNION ALL
            SELECT l.estate_id, b.service_month, e.month, b.building_id,
                   CASE e.kind WHEN 'bill_run' THEN 'billed' WHEN 'relief' THEN 'relief' ELSE 'received' END,
                   0, CASE e.kind WHEN 'bill_run' THEN l.amount_fen ELSE -l.amount_fen END
            FROM journal_lines l
            JOIN effects e ON e.estate_id = l.estate_id AND e.id = l.entry_id
            JOIN bills b ON b.estate_id = l.estate_id AND b.id = l.bill_id
            WHERE l.account = 'receivable'
        ) both_sides
        GROUP BY estate_id, service_month, posting_month, building_id, measure HAVING sum(kept) <> sum(facts)
    """,
    "household_months": """
        SELECT estate_id,
               measure || ' ' || CAST(service_month AS VARCHAR) || ' building ' || CAST(building_id AS VARCHAR)
               AS subject, sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, service_month, building_id, 'billed' AS measure, billed_units AS kept, 0 AS facts
            FROM household_months
            UNION ALL
            SELECT estate_id, service_month, building_id, 'settled', settled_units, 0 FROM household_months
            UNION ALL
            SELECT estate_id, service_month, building_id, 'billed', 0, 1
            FROM bills GROUP BY estate_id, service_month, building_id, unit_id
            UNION ALL
            SELECT estate_id, service_month, building_id, 'settled', 0, 1
            FROM bills GROUP BY estate_id, service_month, building_id, unit_id
            HAVING sum(amount_fen - paid_fen - relief_fen) = 0
        ) both_sides
        GROUP BY estate_id, service_month, building_id, measure HAVING sum(kept) <> sum(facts)
    """,
    "daily_receipts": """
        SELECT estate_id, measure || ' ' || CAST(business_date AS VARCHAR) || ' ' || coalesce(method, '') AS subject,
               sum(facts) AS expected, sum(kept) AS found
        FROM (
            SELECT estate_id, business_date, method, 'amount' AS measure, amount_fen AS kept, 0 AS facts
            FROM daily_receipts
            UNION ALL
            SELECT estate_id, business_date, method, 'payments', payments, 0 FROM daily_receipts
            UNION ALL
            SELECT l.estate_id, e.business_date, l.method, 'amount', 0, l.amount_fen
            FROM journal_lines l
            JOIN journal_entries e ON e.estate_id = l.estate_id AND e.id = l.entry_id
            WHERE l.account = 'cash_and_bank'
            UNION ALL
            SELECT l.estate_id, e.business_date, l.method, 'payments', 0, 1
            FROM journal_lines l
            JOIN journal_entries e ON e.estate_id = l.estate_id AND e.id = l.entry_id
            WHERE l.account = 'cash_and_bank' AND e.kind = 'payment'
        ) both_sides
        GROUP BY estate_id, business_date, method, measure HAVING sum(kept) <> sum(facts)
    """,
    "estate_has_head": """
        SELECT e.id AS estate_id, e.id AS subject, 1 AS expected, 0 AS found
        FROM estates e LEFT JOIN estate_heads h ON h.estate_id = e.id
        WHERE h.estate_id IS NULL
    """,
    "survey_tallies": TALLIES,
    **SERVICE_INVARIANTS,
}
