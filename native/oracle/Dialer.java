// Makes connections: to one of the addresses of a host, perhaps through a proxy, perhaps under TLS.
package udfgen;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketPermission;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.AccessControlException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

// All methods throw Failure `unavailable`, that of a deadline, or SecurityException without the permission to connect.
// A caller closes the socket of one that fails.
final class Dialer {
    private Dialer() {
    }

    // Returns a socket connected to the host of a URL, which errors call `near`. The look-up of a name ends when the
    // JVM ends it: Java has no timeout for that. Each address then gets its share of the time that is left.
    static TimedSocket connect(Url url, String near, Deadline deadline) throws Failure {
        InetAddress[] addresses = resolve(url);
        Failure failure = null;
        for (int at = 0; at < addresses.length; at++) {
            deadline.check();
            Deadline share = deadline.narrow(deadline.left() / (addresses.length - at), deadline.late());
            try {
                return connect(new InetSocketAddress(addresses[at], url.port), share);
            } catch (SocketTimeoutException late) {
                failure = share.late();
            } catch (IOException refused) {
                failure = unavailable("cannot connect to " + near + ": " + reason(refused));
            } catch (SecurityException denied) {
                // The JVM asks for addresses, and may take a permission for a name to cover the first of them only.
                if (failure == null) {
                    throw needConnect(url);
                }
            }
        }
        throw failure;
    }

    // Asks a proxy for a tunnel (https://www.rfc-editor.org/rfc/rfc9110#name-connect). In TLS the server does not speak
    // first: nothing can follow the head of the answer.
    static void openTunnel(TimedSocket socket, Url origin, Deadline deadline) throws Failure {
        Reply reply;
        try {
            String request = "CONNECT " + origin.place() + " HTTP/1.1\r\nHost: " + origin.place() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            reply = new ReplyReader(socket.getInputStream()).readHead();
        } catch (IOException broken) {
            deadline.check(broken);
            throw unavailable("the proxy did not answer");
        } catch (Failure malformed) {
            throw unavailable("the proxy did not answer");
        }
        if (reply.status < 200 || reply.status >= 300) {
            Failure failure = unavailable("the proxy answered HTTP " + reply.status);
            failure.retry = reply.status >= 500;
            throw failure;
        }
    }

    // Returns a socket under TLS 1.2 or later over a connected one, its certificate and host name checked.
    static Socket agreeTls(SSLSocketFactory sockets, TimedSocket socket, Url origin, Deadline deadline)
            throws Failure {
        try {
            SSLSocket secure = (SSLSocket) sockets.createSocket(socket, origin.host, origin.port, true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setProtocols(modern(secure.getSupportedProtocols()));
            // Without this no host name is checked (https://www.rfc-editor.org/rfc/rfc2818#section-3.1).
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            return secure;
        } catch (IOException broken) {
            deadline.check(broken);
            throw refuseTls(broken);
        }
    }

    private static TimedSocket connect(InetSocketAddress address, Deadline deadline) throws IOException {
        TimedSocket socket = new TimedSocket();
        boolean isConnected = false;
        try {
            // A small request must leave at once, not wait for the acknowledgement of the one before.
            socket.setTcpNoDelay(true);
            socket.connect(address, deadline.socketTimeout());
            isConnected = true;
            return socket;
        } finally {
            if (!isConnected) {
                socket.close();
            }
        }
    }

    private static InetAddress[] resolve(Url url) throws Failure {
        try {
            return InetAddress.getAllByName(url.host);
        } catch (UnknownHostException unknown) {
            throw unavailable("cannot resolve the host " + url.host);
        } catch (SecurityException denied) {
            throw needConnect(url);
        }
    }

    // Returns what is thrown without the permission to connect, in the words of a grant: the JVM names an address.
    private static AccessControlException needConnect(Url url) {
        return new AccessControlException("", new SocketPermission(url.place(), "connect,resolve"));
    }

    // Java 8 says it twice, or guesses at the cause: `Connection refused (Connection refused)`.
    private static String reason(IOException refused) {
        String said = "" + refused.getMessage();
        int guess = said.indexOf(" (");
        return guess < 0 ? said : said.substring(0, guess);
    }

    private static Failure unavailable(String what) {
        Failure failure = new Failure("unavailable", what);
        failure.retry = true;
        return failure;
    }

    private static String[] modern(String[] supported) {
        List<String> modern = new ArrayList<String>();
        for (String each : supported) {
            if (each.equals("TLSv1.2") || each.equals("TLSv1.3")) {
                modern.add(each);
            }
        }
        return modern.toArray(new String[0]);
    }

    // Returns the failure of TLS, in Java's words; only what is no certificate's fault may be tried again.
    private static Failure refuseTls(IOException broken) {
        boolean isCertificate = false;
        Throwable cause = broken;
        while (cause.getCause() != null) {
            cause = cause.getCause();
            isCertificate |= cause instanceof CertificateException;
        }
        String said = cause instanceof EOFException ? null : cause.getMessage();
        Failure failure = unavailable("TLS: " + (said == null ? "the connection was closed" : Refusal.clean(said)));
        failure.retry = !isCertificate;
        return failure;
    }
}
