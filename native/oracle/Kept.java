// A result that a session keeps.
package udfgen;

// What the reply came to, and when it came by System.nanoTime.
final class Kept {
    // As Decoder gives it, of a table its rows; null is NULL.
    final Object value;
    final long at;

    Kept(Object value, long at) {
        this.value = value;
        this.at = at;
    }
}
