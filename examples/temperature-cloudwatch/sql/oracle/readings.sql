-- Eight readings of the last 80 minutes, as the article has them.
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '80' minute, 65);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '70' minute, 65);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '60' minute, 63);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '50' minute, 67);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '40' minute, 74);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '30' minute, 82);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '20' minute, 85);
insert into temp_reading values (sys_extract_utc(systimestamp) - interval '10' minute, 86);
