"""The core for Oracle: Java 8 source without dependencies, for the JVM inside the server."""
