// Small files of the server's machine.
package udfgen;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

// Reads configuration and certificates. A schema needs java.io.FilePermission "read" on each file, and no other.
final class Files {
    private static final int MAX_FILE = 1024 * 1024;

    private Files() {
    }

    // Tells whether there is a file, and no folder or pipe. Throws SecurityException without the permission.
    static boolean exists(String path) {
        return new File(path).isFile();
    }

    // Returns the text of a file in UTF-8. Throws IOException when it cannot be read or has more than 1 MiB, and
    // SecurityException without the permission.
    static String read(String path) throws IOException {
        return read(new FileInputStream(path));
    }

    // Returns the text of a stream, and closes it.
    static String read(InputStream in) throws IOException {
        try {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            byte[] piece = new byte[8192];
            for (int come = in.read(piece); come >= 0; come = in.read(piece)) {
                text.write(piece, 0, come);
                if (text.size() > MAX_FILE) {
                    throw new IOException();
                }
            }
            return new String(text.toByteArray(), StandardCharsets.UTF_8);
        } finally {
            in.close();
        }
    }
}
