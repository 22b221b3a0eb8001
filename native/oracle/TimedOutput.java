// What goes to a socket, until the deadline.
package udfgen;

import java.io.IOException;
import java.io.OutputStream;

// Writes piece by piece. Java has no timeout for a write: a piece that the other end never takes, as no endpoint of AWS
// does, holds up the call until TCP gives up.
final class TimedOutput extends OutputStream {
    private static final int PIECE = 64 * 1024;

    private final TimedSocket socket;
    private final OutputStream out;

    // Takes a socket and its own stream.
    TimedOutput(TimedSocket socket, OutputStream out) {
        this.socket = socket;
        this.out = out;
    }

    // Writes a byte. Throws SocketTimeoutException when the time is over.
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    // Writes bytes. Throws SocketTimeoutException when the time is over before a piece.
    public void write(byte[] source, int offset, int length) throws IOException {
        for (int done = 0; done < length; done += PIECE) {
            socket.timeLeft();
            out.write(source, offset + done, Math.min(PIECE, length - done));
        }
    }

    // Closes the socket.
    public void close() throws IOException {
        socket.close();
    }
}
