-- Every cost as it was known on a day: cost_id, cents of its newest revision by then.
WITH revisions AS (
    SELECT cost_id, cents,
           ROW_NUMBER() OVER (PARTITION BY cost_id ORDER BY recorded_on DESC, line DESC) AS age
    FROM costs
    WHERE recorded_on <= DATE '{as_of}'
)
SELECT cost_id, cents FROM revisions WHERE age = 1
