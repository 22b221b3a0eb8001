-- Refused at 2:28: rights are granted `to` somebody.
grant execute on [bad].[f] for [app];
