// A request body in pieces: JSON text as it is, and indexes of the parameters whose JSON stands there.
package udfgen;

// Puts the JSON of arguments into its places.
final class Payload {
    // Each a String, or an Integer.
    private final Object[] pieces;

    // Takes the pieces in their order.
    Payload(Object[] pieces) {
        this.pieces = pieces;
    }

    // Returns the body for the JSON of every argument.
    String fill(String[] arguments) {
        StringBuilder body = new StringBuilder();
        for (Object piece : pieces) {
            body.append(piece instanceof String ? (String) piece : arguments[(Integer) piece]);
        }
        return body.toString();
    }
}
