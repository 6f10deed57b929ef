-- Distinct clients per municipality, service (and over services) and month, quarter and year.
-- A quarter and a year count their months up to the release's; nothing is ever summed over clients:
-- each client has one set of months per municipality and service, a bit a month, and is counted in
-- every period that shares a month with it.
WITH months AS (
    SELECT month, quarter, year,
           CAST(1 AS BIGINT) << CAST(ROW_NUMBER() OVER (ORDER BY month) - 1 AS INTEGER) AS bits
    FROM calendar
    WHERE in_release
),
periods AS (
    SELECT month AS period, BIT_OR(bits) AS bits FROM months GROUP BY month
    UNION ALL
    SELECT quarter AS period, BIT_OR(bits) AS bits FROM months GROUP BY quarter
    UNION ALL
    SELECT year AS period, BIT_OR(bits) AS bits FROM months GROUP BY year
),
of_clients AS (
    SELECT c.municipality, c.service, c.client_id, BIT_OR(m.bits) AS bits
    FROM client_months c
    JOIN months m ON m.month = c.month
    GROUP BY c.municipality, c.service, c.client_id
),
over_services AS (
    SELECT municipality, client_id, BIT_OR(bits) AS bits
    FROM of_clients
    GROUP BY municipality, client_id
),
alike AS (
    SELECT municipality, service, bits, COUNT(*) AS clients
    FROM of_clients
    GROUP BY municipality, service, bits
    UNION ALL
    SELECT municipality, 'any' AS service, bits, COUNT(*) AS clients
    FROM over_services
    GROUP BY municipality, bits
)
SELECT a.municipality, a.service, p.period, CAST(SUM(a.clients) AS BIGINT) AS clients
FROM alike a
JOIN periods p ON (a.bits & p.bits) <> 0
GROUP BY a.municipality, a.service, p.period
ORDER BY a.municipality, a.service, p.period
