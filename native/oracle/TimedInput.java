// What comes from a socket, until the deadline.
package udfgen;

import java.io.IOException;
import java.io.InputStream;

// A read waits for what is left of the time, and no longer.
final class TimedInput extends InputStream {
    private final TimedSocket socket;
    private final InputStream in;

    // Takes a socket and its own stream.
    TimedInput(TimedSocket socket, InputStream in) {
        this.socket = socket;
        this.in = in;
    }

    // Returns the next byte, or -1 at the end. Throws SocketTimeoutException when the time is over.
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
    }

    // Returns how many bytes have come, or -1 at the end. Throws SocketTimeoutException when the time is over.
    public int read(byte[] target, int offset, int length) throws IOException {
        socket.setSoTimeout(socket.timeLeft());
        return in.read(target, offset, length);
    }

    // Returns how many bytes are here.
    public int available() throws IOException {
        return in.available();
    }

    // Closes the socket.
    public void close() throws IOException {
        socket.close();
    }
}
