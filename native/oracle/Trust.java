// Whom TLS trusts: certificates that come with this program, or a file of the server; never the JVM's own store.
package udfgen;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

// Reads certificates, and makes of them what makes sockets. Throws Failure `unavailable` when they cannot be read.
final class Trust {
    private static final String ROOTS = "roots.txt";
    // What stands before each certificate, up to the end of its line, in our resource and in PEM.
    private static final String ROOT = "certificate ";
    private static final String PEM = "--BEGIN CERTIFICATE--";

    private Trust() {
    }

    // Returns sockets that trust the certificates of a PEM file, or those of the Java resource where there is no file.
    static SSLSocketFactory sockets(String file) throws Failure {
        try {
            return file == null ? sockets(readRoots(), ROOT) : sockets(Files.read(file), PEM);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException unread) {
            String where = file == null ? "the Java resource " + ROOTS + ": install it again" : file;
            throw new Failure("unavailable", "TLS: cannot read the certificates in " + where);
        }
    }

    // The resource lies beside this class, in a schema as in a folder of classes.
    private static String readRoots() throws IOException {
        InputStream in = Trust.class.getResourceAsStream(ROOTS);
        if (in == null) {
            throw new IOException();
        }
        return Files.read(in);
    }

    private static SSLSocketFactory sockets(String text, String mark) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        CertificateFactory reader = CertificateFactory.getInstance("X.509");
        for (int at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
            byte[] der = readBase64(text, text.indexOf('\n', at) + 1);
            store.setCertificateEntry("at " + at, reader.generateCertificate(new ByteArrayInputStream(der)));
        }
        if (store.size() == 0) {
            throw new IOException();
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    // Returns the bytes of lines in base64, which end at a line that begins with something else, or with the text.
    private static byte[] readBase64(String text, int begin) {
        StringBuilder lines = new StringBuilder();
        for (int at = begin; at < text.length();) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end).trim();
            if (!Ascii.isMadeOf(line, "+/=")) {
                break;
            }
            lines.append(line);
            at = end < 0 ? text.length() : end + 1;
        }
        return Base64.getDecoder().decode(lines.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
