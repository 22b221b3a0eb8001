-- Closed, its file is as it should be even where the server is killed.
flush local tables {{ it.switch }};
