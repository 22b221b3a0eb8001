// A stream whose bytes come in pieces, and which ends, or is reset.
package udfgen;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

final class PiecesStream extends InputStream {
    private final List<?> pieces;
    private final boolean isReset;
    private int piece;
    private int at;

    // Takes pieces in hexadecimal digits, none of them empty.
    PiecesStream(List<?> pieces, boolean isReset) {
        this.pieces = pieces;
        this.isReset = isReset;
    }

    public int read() {
        throw new IllegalStateException("the core reads into arrays");
    }

    public int read(byte[] target, int offset, int length) throws IOException {
        if (piece == pieces.size()) {
            if (isReset) {
                throw new IOException("Connection reset");
            }
            return -1;
        }
        String hex = (String) pieces.get(piece);
        int count = Math.min(length, (hex.length() - at) / 2);
        for (int done = 0; done < count; done++, at += 2) {
            target[offset + done] = (byte) Integer.parseInt(hex.substring(at, at + 2), 16);
        }
        if (at == hex.length()) {
            piece++;
            at = 0;
        }
        return count;
    }
}
