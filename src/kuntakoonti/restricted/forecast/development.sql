-- When each client-month was known: the change in the number of clients by the day it was recorded.
-- A revision holds until the next one of its record; of several records of one client-month the
-- days on which at least one of them held count once. A client-month that is known today belongs to
-- its municipality (client_months), one that is not to the client's latest known residence.
-- Table part (one row: number, parts) says of which part of the clients; known_records, see there.
-- Result: municipality (or 'outside'), service, month, day, amount (+1 known, -1 withdrawn), summed.
WITH held_records AS (
    SELECT client_id, service, first_day, day_after, since, until,
           COUNT(*) OVER (PARTITION BY client_id, service) AS records
    FROM known_records
    WHERE hash(client_id) % (SELECT parts FROM part) = (SELECT number FROM part)
),
held AS (
    SELECT r.client_id, r.service, c.month, c.first_day, r.since, r.until, r.records
    FROM held_records r
    JOIN calendar c ON r.first_day < c.day_after AND r.day_after > c.first_day
    WHERE r.since < r.until
),
ordered AS (
    SELECT client_id, service, month, first_day, since, until,
           MAX(until) OVER (
               PARTITION BY client_id, service, month
               ORDER BY since, until
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS covered_to
    FROM held
    WHERE records > 1
),
pieces AS (
    SELECT client_id, service, month, first_day, since, until
    FROM held
    WHERE records = 1
    UNION ALL
    SELECT client_id, service, month, first_day,
           CASE WHEN covered_to > since THEN covered_to ELSE since END AS since, until
    FROM ordered
    WHERE covered_to IS NULL OR until > covered_to
),
homes AS (
    SELECT client_id, municipality,
           ROW_NUMBER() OVER (
               PARTITION BY client_id ORDER BY first_day DESC, recorded_on DESC, municipality
           ) AS choice
    FROM newest_residences
    WHERE hash(client_id) % (SELECT parts FROM part) = (SELECT number FROM part)
      AND first_day <= (SELECT as_of FROM extraction)
),
known_today AS (
    SELECT client_id, service, month, municipality
    FROM client_months
    WHERE hash(client_id) % (SELECT parts FROM part) = (SELECT number FROM part)
),
placed AS (
    SELECT p.service, p.month, p.since, p.until,
           COALESCE(m.municipality, c.member, 'outside') AS municipality
    FROM pieces p
    LEFT JOIN known_today m ON m.client_id = p.client_id AND m.service = p.service
                             AND m.month = p.month
    LEFT JOIN homes h ON h.client_id = p.client_id AND h.choice = 1
    LEFT JOIN members c ON c.code = h.municipality
                        AND c.first_day <= p.first_day AND c.day_after > p.first_day
),
changes AS (
    SELECT municipality, service, month, since AS day, 1 AS change FROM placed
    UNION ALL
    SELECT municipality, service, month, until AS day, -1 AS change
    FROM placed
    WHERE until <= (SELECT as_of FROM extraction)
)
SELECT municipality, service, month, day, CAST(SUM(change) AS DOUBLE) AS amount
FROM changes
GROUP BY municipality, service, month, day
HAVING SUM(change) <> 0
ORDER BY municipality, service, month, day
