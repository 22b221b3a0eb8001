// One connection to an origin, kept from call to call: it saves a call the connection and its TLS handshake.
package udfgen;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;

// Sends a request once and never again: HttpURLConnection may send a POST twice, and a function may then run twice.
// After any failure the connection is closed: a reply may still be on its way.
final class Wire {
    private static final long LONGEST_IDLE = 10000000000L;
    // A glance at an idle connection costs 1 ms, so one that was used a moment ago is taken as it is.
    private static final long SHORT_IDLE = 5000000L;

    private final Url origin;
    private final Url proxy;
    private final String caFile;
    // Made before the first connection under TLS: reading certificates takes a while, and is no part of connecting.
    private SSLSocketFactory sockets;
    private TimedSocket socket;
    private InputStream in;
    private OutputStream out;
    private long used;

    // Takes where to connect to, and through which proxy, null for none; null for no file of certificates.
    Wire(Url origin, Url proxy, String caFile) {
        this.origin = origin;
        this.proxy = proxy;
        this.caFile = caFile;
    }

    // Tells whether requests name the origin in their first line, as a proxy for http wants it.
    boolean isAbsolute() {
        return proxy != null && !origin.isTls();
    }

    // Sends one request, head and body, and returns its reply. Throws Failure: `unavailable` when nothing came back,
    // `bad_response` when the reply is cut or malformed, or that of a deadline; or SecurityException.
    Reply exchange(byte[] request, Deadline deadline, long connectMs) throws Failure {
        boolean isKept = false;
        try {
            if (!isUsable()) {
                open(deadline, connectMs);
            }
            socket.limit(deadline);
            boolean isSent = send(request, deadline);
            Reply reply = receive(deadline);
            isKept = isSent && reply.isKept;
            used = System.nanoTime();
            return reply;
        } finally {
            if (!isKept) {
                close();
            }
        }
    }

    // Closes the connection, if there is one. TLS does not say goodbye: that could wait, and lengths are known.
    void close() {
        TimedSocket old = socket;
        socket = null;
        if (old != null) {
            close(old);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is of no use any more, closed or not.
        }
    }

    // Tells whether the kept connection may be used: not idle for long, not closed by the other end, nothing to read.
    private boolean isUsable() {
        long idle = System.nanoTime() - used;
        boolean isYoung = socket != null && idle < LONGEST_IDLE;
        boolean isUsable = isYoung && isEmpty() && (idle < SHORT_IDLE || socket.isQuiet());
        if (!isUsable) {
            close();
        }
        return isUsable;
    }

    // Tells whether nothing has come that was not asked for: it would pass for the next reply. TLS may have taken it
    // off the socket already, or not yet.
    private boolean isEmpty() {
        try {
            return in.available() == 0 && (!origin.isTls() || socket.getInputStream().available() == 0);
        } catch (IOException broken) {
            return false;
        }
    }

    private void open(Deadline deadline, long connectMs) throws Failure {
        if (origin.isTls() && sockets == null) {
            sockets = Trust.sockets(caFile);
        }
        Url next = proxy == null ? origin : proxy;
        String near = (proxy == null ? "" : "the proxy ") + next.authority;
        Failure late = new Failure("unavailable", "cannot connect to " + near + " within " + connectMs + " ms");
        late.retry = true;
        deadline.enter("connecting");
        Deadline limit = deadline.narrow(connectMs, late);
        socket = Dialer.connect(next, near, limit);
        socket.limit(limit);
        try {
            Socket outer = origin.isTls() ? secure(limit) : socket;
            in = outer.getInputStream();
            out = outer.getOutputStream();
        } catch (IOException broken) {
            throw silent("closed");
        }
        deadline.enter("waiting for the reply");
    }

    private Socket secure(Deadline limit) throws Failure {
        if (proxy != null) {
            Dialer.openTunnel(socket, origin, limit);
        }
        return Dialer.agreeTls(sockets, socket, origin, limit);
    }

    // Sends a request. Returns false when the other end stopped reading, as it does before an early refusal.
    private boolean send(byte[] request, Deadline deadline) throws Failure {
        try {
            out.write(request);
            return true;
        } catch (IOException broken) {
            deadline.check(broken);
            return false;
        }
    }

    private Reply receive(Deadline deadline) throws Failure {
        ReplyReader reader = new ReplyReader(in);
        try {
            if (!reader.begin()) {
                throw silent("closed");
            }
            deadline.enter("reading the reply");
            Reply reply = reader.read();
            // Java does not tell the end of TLS from a stream that anybody on the way has cut.
            if (origin.isTls() && !reply.hasLength()) {
                throw Reply.malformed("does not say how long it is");
            }
            return reply;
        } catch (IOException broken) {
            deadline.check(broken);
            throw reader.hasBegun() ? Reply.malformed("was cut") : silent("reset");
        }
    }

    private static Failure silent(String how) {
        Failure failure = new Failure("unavailable", "the connection was " + how + " before a reply");
        failure.retry = true;
        return failure;
    }
}
