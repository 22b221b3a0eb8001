declare @kept table (
    kind nvarchar(20) collate Latin1_General_100_BIN2,
    name nvarchar(300) collate Latin1_General_100_BIN2
);
