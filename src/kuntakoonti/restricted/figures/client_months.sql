-- Who was in which service in which month, and whose client-month it was, as known at a date.
-- One conservative text: no QUALIFY, no GROUP BY ALL.
-- The residence day is the one in force in that month (rule residence_day).
-- Result: client_months(client_id, service, month, last_day, municipality).
WITH periods AS (
    SELECT r.client_id, s.counted_as AS service,
           GREATEST(r.first_day, s.first_day) AS first_day,
           LEAST(r.day_after, s.day_after) AS day_after
    FROM newest_service_periods r
    JOIN services s ON s.service = r.service
),
in_service AS (
    SELECT p.client_id, p.service, c.month, c.first_day AS month_first,
           c.day_after AS after_month, c.residence_rule,
           MAX(LEAST(p.day_after, c.day_after)) AS after_service
    FROM periods p
    JOIN calendar c ON p.first_day < c.day_after AND p.day_after > c.first_day
    WHERE p.first_day < p.day_after AND c.is_counted
    GROUP BY p.client_id, p.service, c.month, c.first_day, c.day_after, c.residence_rule
),
asked AS (
    SELECT client_id, service, month, CAST(after_service - 1 AS DATE) AS last_day,
           CAST(CASE residence_rule WHEN 'month_first_day' THEN month_first
                          WHEN 'month_last_day' THEN after_month - 1
                          ELSE after_service - 1 END AS DATE) AS residence_day
    FROM in_service
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
)
SELECT a.client_id, a.service, a.month, a.last_day,
       COALESCE(m.member, 'outside') AS municipality
FROM asked a
LEFT JOIN homes h ON h.client_id = a.client_id AND h.service = a.service
                 AND h.month = a.month AND h.choice = 1
LEFT JOIN members m ON m.code = h.municipality
                    AND m.first_day <= a.residence_day AND m.day_after > a.residence_day
