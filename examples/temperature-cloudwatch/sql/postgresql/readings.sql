-- Eight readings of the last 80 minutes, as the article has them.
insert into temp_reading
select (now() at time zone 'utc') - minutes * interval '1 minute', degrees
from (values (80, 65), (70, 65), (60, 63), (50, 67), (40, 74), (30, 82), (20, 85), (10, 86)) as reading (minutes, degrees);
