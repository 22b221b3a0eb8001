// A socket whose reads and writes keep to the deadline of a call.
package udfgen;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;

// TLS is laid over this socket, so that the deadline holds within a handshake and within a record too.
final class TimedSocket extends Socket {
    // A read that shall only look at what is there already waits this long, the shortest time that there is.
    private static final int GLANCE_MS = 1;

    private Deadline deadline;

    // Makes a socket that is not connected. The JVM's own proxies (socksProxyHost) have no say.
    TimedSocket() {
        super(Proxy.NO_PROXY);
    }

    // Says until when reads and writes may take.
    void limit(Deadline deadline) {
        this.deadline = deadline;
    }

    // Returns what is left, in milliseconds, at least 1. Throws SocketTimeoutException when nothing is.
    int timeLeft() throws SocketTimeoutException {
        if (deadline.left() <= 0) {
            throw new SocketTimeoutException();
        }
        return deadline.socketTimeout();
    }

    // Returns what comes, to be read until the deadline.
    public InputStream getInputStream() throws IOException {
        return new TimedInput(this, super.getInputStream());
    }

    // Returns where to write to, until the deadline.
    public OutputStream getOutputStream() throws IOException {
        return new TimedOutput(this, super.getOutputStream());
    }

    // Tells whether an idle connection is open and nothing has come that was not asked for. What has come is lost, and
    // with it the connection. Takes 1 ms when all is well.
    boolean isQuiet() {
        try {
            setSoTimeout(GLANCE_MS);
            super.getInputStream().read();
            return false;
        } catch (SocketTimeoutException quiet) {
            return true;
        } catch (IOException broken) {
            return false;
        }
    }
}
