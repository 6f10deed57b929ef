-- Who was in which service in which month, and whose client-month it was, as known at a date.
-- One conservative text: no QUALIFY, no GROUP BY ALL.
-- The residence day is the one in force in that month (rule residence_day).
-- A client with one residence, as most have, needs no choice among them.
-- Result: client_months(client_id, service, month, last_day, municipality).
WITH periods AS (
    SELECT r.client_id, s.counted_as AS service,
           GREATEST(r.first_day, s.first_day) AS first_day,
           LEAST(r.day_after, s.day_after) AS day_after
    FROM newest_service_periods r
    JOIN services s ON s.service = r.service
),
in_service AS (
    SELECT p.client_id, p.service, c.month, MAX(LEAST(p.day_after, c.day_after)) AS after_service
    FROM periods p
    JOIN calendar c ON p.first_day < c.day_after AND p.day_after > c.first_day
    WHERE p.first_day < p.day_after AND c.is_counted
    GROUP BY p.client_id, p.service, c.month
),
asked AS (
    SELECT i.client_id, i.service, i.month, CAST(i.after_service - 1 AS DATE) AS last_day,
           CAST(CASE c.residence_rule WHEN 'month_first_day' THEN c.first_day
                          WHEN 'month_last_day' THEN c.day_after - 1
                          ELSE i.after_service - 1 END AS DATE) AS residence_day
    FROM in_service i
    JOIN calendar c ON c.month = i.month
),
lone AS (
    SELECT client_id, MIN(municipality) AS municipality, MIN(first_day) AS first_day,
           MIN(day_after) AS day_after
    FROM newest_residences
    GROUP BY client_id
    HAVING COUNT(*) = 1
),
homes AS (
    SELECT a.client_id, a.service, a.month, r.municipality,
           ROW_NUMBER() OVER (
               PARTITION BY a.client_id, a.service, a.month
               ORDER BY r.first_day DESC, r.recorded_on DESC, r.municipality
           ) AS choice
    FROM asked a
    JOIN newest_residences r ON r.client_id = a.client_id
     AND r.first_day <= a.residence_day AND r.day_after > a.residence_day
    WHERE r.client_id NOT IN (SELECT client_id FROM lone)
)
SELECT a.client_id, a.service, a.month, a.last_day,
       COALESCE(m.member, 'outside') AS municipality
FROM asked a
LEFT JOIN lone l ON l.client_id = a.client_id
                AND l.first_day <= a.residence_day AND l.day_after > a.residence_day
LEFT JOIN homes h ON h.client_id = a.client_id AND h.service = a.service
                 AND h.month = a.month AND h.choice = 1
LEFT JOIN members m ON m.code = COALESCE(l.municipality, h.municipality)
                    AND m.first_day <= a.residence_day AND m.day_after > a.residence_day
