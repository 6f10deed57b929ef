-- Participant-days: distinct client-days of a group in a month, credited to the municipality of
-- the client-month. Overlapping periods of one client are merged before the days are counted.
-- Result: group_id, service, month, municipality, days, participants (distinct clients).
WITH pieces AS (
    SELECT r.group_id, r.client_id, s.counted_as AS service, c.month,
           GREATEST(r.first_day, s.first_day, c.first_day) AS first_day,
           LEAST(r.day_after, s.day_after, c.day_after) AS day_after
    FROM newest_service_periods r
    JOIN services s ON s.service = r.service
    JOIN calendar c ON r.first_day < c.day_after AND r.day_after > c.first_day
    WHERE c.is_counted AND r.group_id IS NOT NULL
),
ordered AS (
    SELECT group_id, client_id, service, month, first_day, day_after,
           MAX(day_after) OVER (
               PARTITION BY group_id, client_id, service, month
               ORDER BY first_day, day_after
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS covered_to
    FROM pieces
    WHERE first_day < day_after
),
new_days AS (
    SELECT group_id, client_id, service, month,
           CASE WHEN covered_to IS NULL OR covered_to <= first_day THEN day_after - first_day
                WHEN covered_to < day_after THEN day_after - covered_to
                ELSE 0 END AS days
    FROM ordered
)
SELECT d.group_id, d.service, d.month, m.municipality, CAST(SUM(d.days) AS BIGINT) AS days,
       COUNT(DISTINCT d.client_id) AS participants
FROM new_days d
JOIN client_months m ON m.client_id = d.client_id AND m.service = d.service AND m.month = d.month
GROUP BY d.group_id, d.service, d.month, m.municipality
ORDER BY d.group_id, d.service, d.month, m.municipality
