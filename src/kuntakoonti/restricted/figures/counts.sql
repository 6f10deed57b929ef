-- Distinct clients per municipality, service (and over services) and month, quarter and year.
-- A quarter and a year count their months up to the release's; nothing is ever summed.
WITH positions AS (
    SELECT municipality, service, month, client_id FROM client_months
    UNION ALL
    SELECT municipality, 'any' AS service, month, client_id FROM client_months
),
in_period AS (
    SELECT p.municipality, p.service, c.month AS period, p.client_id
    FROM positions p JOIN calendar c ON c.month = p.month AND c.in_release
    UNION ALL
    SELECT p.municipality, p.service, c.quarter AS period, p.client_id
    FROM positions p JOIN calendar c ON c.month = p.month AND c.in_release
    UNION ALL
    SELECT p.municipality, p.service, c.year AS period, p.client_id
    FROM positions p JOIN calendar c ON c.month = p.month AND c.in_release
)
SELECT municipality, service, period, COUNT(DISTINCT client_id) AS clients
FROM in_period
GROUP BY municipality, service, period
ORDER BY municipality, service, period
