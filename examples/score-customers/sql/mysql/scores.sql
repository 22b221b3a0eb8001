-- MariaDB cuts JSON_ARRAYAGG at group_concat_max_len; the count of rows tells when it has.
set session group_concat_max_len = 1073741824;

select json_arrayagg(json_array(id, tier)), count(*) into @given, @count from customers;
select score_customers.score_customers(@given, @count) into @results;

select given.id, results.score
from json_table(@given, '$[*]' columns (at for ordinality, id bigint path '$[0]')) as given
join json_table(@results, '$[*]' columns (at for ordinality, score decimal(5, 2) path '$')) as results using (at);
