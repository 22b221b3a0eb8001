// Reads HTTP/1.1 replies off a stream, as https://www.rfc-editor.org/rfc/rfc9112#section-6 has it.
package udfgen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

// Reads one reply. All methods throw Failure `bad_response` for what is malformed, cut or too large, and whatever the
// stream throws.
final class ReplyReader {
    private static final int MAX_HEAD = 64 * 1024;
    private static final int MAX_BODY = 16 * 1024 * 1024;
    private static final int MAX_INTERIM = 16;
    private static final int MAX_SIZE_DIGITS = 16;
    private static final int MAX_LENGTH_DIGITS = 19;
    private static final int ROOM = 16 * 1024;

    private final InputStream in;
    // What has come and was not taken yet stands from `from` to `to`.
    private byte[] data = new byte[ROOM];
    private int from;
    private int to;
    private boolean hasBegun;

    // Takes a stream at the beginning of a reply.
    ReplyReader(InputStream in) {
        this.in = in;
    }

    // Waits for the first bytes. Returns whether any have come before the stream ended.
    boolean begin() throws IOException {
        return hasBegun || fill();
    }

    // Tells whether anything has come.
    boolean hasBegun() {
        return hasBegun;
    }

    // Returns the reply with its body; interim replies before it are dropped.
    Reply read() throws Failure, IOException {
        for (int count = 0; count < MAX_INTERIM + 1; count++) {
            Reply reply = readHead();
            if (reply.status == 101) {
                throw Reply.malformed("switches to another protocol");
            }
            if (!reply.isInterim()) {
                reply.checkFraming();
                reply.body = readBody(reply);
                // Bytes beyond the end belong to nothing that was asked for.
                reply.isKept = reply.hasLength() && reply.staysOpen() && from == to;
                return reply;
            }
        }
        throw Reply.malformed("has too many interim replies");
    }

    // Returns a reply without its body.
    Reply readHead() throws Failure, IOException {
        return new Reply(until("\r\n\r\n"));
    }

    private byte[] readBody(Reply reply) throws Failure, IOException {
        if (reply.isBare()) {
            return reply.body;
        }
        if (reply.isChunked()) {
            return readChunks();
        }
        return reply.hasLength() ? exactly(readLength(reply.header("content-length"))) : rest();
    }

    private static int readLength(String text) throws Failure {
        if (!Ascii.isDigits(text) || text.length() > MAX_LENGTH_DIGITS) {
            throw Reply.malformed("has a malformed length");
        }
        return readSize(text, 10);
    }

    // Returns the number of bytes that digits say, unless there are too many.
    private static int readSize(String digits, int radix) throws Failure {
        int size = 0;
        for (int at = 0; at < digits.length() && size <= MAX_BODY; at++) {
            size = size * radix + Character.digit(digits.charAt(at), radix);
        }
        requireRoom(size);
        return size;
    }

    private static void requireRoom(int size) throws Failure {
        if (size > MAX_BODY) {
            throw Reply.malformed("has more than " + MAX_BODY + " bytes");
        }
    }

    // Returns a body in chunks; their extensions and the trailers are read and dropped.
    private byte[] readChunks() throws Failure, IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = readChunkSize(); size > 0; size = readChunkSize()) {
            requireRoom(body.size() + size);
            body.write(exactly(size), 0, size);
            if (!Arrays.equals(exactly(2), new byte[] {'\r', '\n'})) {
                throw malformedChunk();
            }
        }
        int trailers = 0;
        for (String line = until("\r\n"); line.length() > 2; line = until("\r\n")) {
            trailers += line.length();
            requireShort(trailers);
        }
        return body.toByteArray();
    }

    private int readChunkSize() throws Failure, IOException {
        String line = until("\r\n");
        int end = line.indexOf(';');
        end = end < 0 ? line.length() - 2 : end;
        while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
        }
        String digits = line.substring(0, end);
        if (digits.length() > MAX_SIZE_DIGITS || !isHex(digits)) {
            throw malformedChunk();
        }
        return readSize(digits, 16);
    }

    private static boolean isHex(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) > 'f' || Character.digit(text.charAt(at), 16) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static Failure malformedChunk() {
        return Reply.malformed("has a malformed chunk");
    }

    // Returns all up to and including a mark, which must come soon. Every byte is taken for a code point, which is how
    // the headers of HTTP were once defined.
    private String until(String mark) throws Failure, IOException {
        int searched = 0;
        int at = find(mark, searched);
        while (at < 0) {
            searched = Math.max(0, to - from - mark.length() + 1);
            requireShort(to - from);
            more();
            at = find(mark, searched);
        }
        requireShort(at);
        String text = new String(data, from, at + mark.length(), StandardCharsets.ISO_8859_1);
        from += text.length();
        return text;
    }

    private static void requireShort(int length) throws Failure {
        if (length > MAX_HEAD) {
            throw Reply.malformed("has too long a head");
        }
    }

    // Returns how far behind `from` a mark stands, or -1.
    private int find(String mark, int searched) {
        for (int at = from + searched; at <= to - mark.length(); at++) {
            int same = 0;
            while (same < mark.length() && data[at + same] == mark.charAt(same)) {
                same++;
            }
            if (same == mark.length()) {
                return at - from;
            }
        }
        return -1;
    }

    // Returns the next bytes: those that are here, then the others straight from the stream.
    private byte[] exactly(int count) throws Failure, IOException {
        byte[] bytes = new byte[count];
        int done = Math.min(count, to - from);
        System.arraycopy(data, from, bytes, 0, done);
        from += done;
        while (done < count) {
            int come = in.read(bytes, done, count - done);
            if (come < 0) {
                throw cut();
            }
            done += come;
        }
        return bytes;
    }

    // Returns all until the stream ends.
    private byte[] rest() throws Failure, IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        do {
            body.write(data, from, to - from);
            requireRoom(body.size());
            from = to;
        } while (fill());
        return body.toByteArray();
    }

    private void more() throws Failure, IOException {
        if (!fill()) {
            throw cut();
        }
    }

    private static Failure cut() {
        return Reply.malformed("was cut");
    }

    // Takes what comes next. Returns whether the stream had not ended.
    private boolean fill() throws IOException {
        if (to == data.length) {
            makeRoom();
        }
        int come = in.read(data, to, data.length - to);
        if (come < 0) {
            return false;
        }
        hasBegun = true;
        to += come;
        return true;
    }

    // Moves what was not taken yet to the front, in a larger array where it fills more than half of this one.
    private void makeRoom() {
        int length = to - from;
        byte[] larger = length > data.length / 2 ? new byte[2 * data.length] : data;
        System.arraycopy(data, from, larger, 0, length);
        data = larger;
        from = 0;
        to = length;
    }
}
