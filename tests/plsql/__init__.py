"""What can be said of Oracle's scripts without Oracle: a lint of our own, and call specifications against the class."""
