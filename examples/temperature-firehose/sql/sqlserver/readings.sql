-- Eight readings of the last 80 minutes, as the article has them.
insert into dbo.temp_reading values
    (dateadd(minute, -80, sysutcdatetime()), 65),
    (dateadd(minute, -70, sysutcdatetime()), 65),
    (dateadd(minute, -60, sysutcdatetime()), 63),
    (dateadd(minute, -50, sysutcdatetime()), 67),
    (dateadd(minute, -40, sysutcdatetime()), 74),
    (dateadd(minute, -30, sysutcdatetime()), 82),
    (dateadd(minute, -20, sysutcdatetime()), 85),
    (dateadd(minute, -10, sysutcdatetime()), 86);
