// java.net.HttpURLConnection in the mode that never sends a POST again, unsigned, unparsed: why udfgen speaks HTTP itself.

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;

final class Url extends Loop {
    private final URL url;

    private Url(URL url) {
        this.url = url;
    }

    @Override
    Object call(long customer) throws Exception {
        byte[] body =
            ("{\"customer\":" + customer + ",\"tier\":\"gold\",\"source\":\"sql\"}").getBytes(StandardCharsets.UTF_8);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setRequestProperty("Content-Type", "application/json");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        try (InputStream in = connection.getInputStream()) {
            return read(in);
        }
    }

    private static String read(InputStream in) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            all.write(buffer, 0, count);
        }
        return all.toString("UTF-8");
    }

    public static void main(String[] arguments) throws Exception {
        long start = System.nanoTime();
        new Url(new URL(arguments[0] + "/2015-03-31/functions/score/invocations?Qualifier=live")).run(arguments, start);
    }
}
