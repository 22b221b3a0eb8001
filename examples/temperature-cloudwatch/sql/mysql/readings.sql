-- Eight readings of the last 80 minutes, as the article has them.
insert into temp_reading values
    (utc_timestamp(6) - interval 80 minute, 65),
    (utc_timestamp(6) - interval 70 minute, 65),
    (utc_timestamp(6) - interval 60 minute, 63),
    (utc_timestamp(6) - interval 50 minute, 67),
    (utc_timestamp(6) - interval 40 minute, 74),
    (utc_timestamp(6) - interval 30 minute, 82),
    (utc_timestamp(6) - interval 20 minute, 85),
    (utc_timestamp(6) - interval 10 minute, 86);
