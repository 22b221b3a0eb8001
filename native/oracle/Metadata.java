// Metadata services: temporary credentials from the container or the instance that the server runs on.
package udfgen;

import java.nio.charset.StandardCharsets;

// Asks them without a proxy and with little patience. Throws Failure `not_authorized`, that of the deadline, or
// SecurityException.
final class Metadata {
    private static final long CONTAINER_MS = 2000;
    private static final long IMDS_MS = 1000;
    private static final String ROLES = "/latest/meta-data/iam/security-credentials/";

    private Metadata() {
    }

    // Returns the credentials of the container, or null when its variable is not set
    // (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). `base` stands for the
    // address of Amazon's agent, unless it is null.
    static Keys findInContainer(String base, Deadline deadline) throws Failure {
        String path = Credentials.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        if (path.isEmpty()) {
            return null;
        }
        if (!path.startsWith("/")) {
            throw refuse("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash");
        }
        String address = (base == null ? "http://169.254.170.2" : base) + path;
        return readKeys("container", fetch("GET", address, "", deadline, CONTAINER_MS));
    }

    // Returns the credentials of the EC2 instance by IMDSv2
    // (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html). `base` stands for the
    // address of the service, unless it is null.
    static Keys findInImds(String base, Deadline deadline) throws Failure {
        String place = base == null ? "http://169.254.169.254" : base;
        String lifetime = "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
        Reply reply = fetch("PUT", place + "/latest/api/token", lifetime, deadline, IMDS_MS);
        String said = text(reply);
        if (reply.status != 200 || said.isEmpty() || said.indexOf(' ') >= 0 || !Ascii.isPrintable(said)) {
            throw refuse("imds answered HTTP " + reply.status + " without a token");
        }
        String token = "x-aws-ec2-metadata-token: " + said + "\r\n";
        String role = readRole(fetch("GET", place + ROLES, token, deadline, IMDS_MS));
        return readKeys("imds", fetch("GET", place + ROLES + role, token, deadline, IMDS_MS));
    }

    private static Failure refuse(String what) {
        return new Failure("not_authorized", what);
    }

    // Returns the first of the roles, which stand in lines.
    private static String readRole(Reply reply) throws Failure {
        String roles = text(reply).trim();
        int end = 0;
        while (end < roles.length() && Ascii.isVisible(roles.charAt(end))) {
            end++;
        }
        String role = roles.substring(0, end);
        if (reply.status != 200 || !Ascii.isMadeOf(role, "+=,.@_-")) {
            throw refuse("the instance has no role");
        }
        return role;
    }

    private static String text(Reply reply) {
        return new String(reply.body, StandardCharsets.ISO_8859_1);
    }

    // Returns the reply of a service that answers in time. `headers` are lines with their ends.
    private static Reply fetch(String method, String address, String headers, Deadline deadline, long ms)
            throws Failure {
        Url url = new Url(address);
        Failure silent = refuse(url.authority + " does not answer");
        String path = url.path.isEmpty() ? "/" : url.path;
        String request = method + ' ' + path + " HTTP/1.1\r\nHost: " + url.authority + "\r\n" + headers
            + "Content-Length: 0\r\n\r\n";
        Wire wire = new Wire(url, null, null);
        try {
            return wire.exchange(request.getBytes(StandardCharsets.US_ASCII), deadline.narrow(ms, silent), ms);
        } catch (Failure failure) {
            throw failure.code.equals("timeout") ? failure : silent;
        } finally {
            wire.close();
        }
    }

    // Returns the credentials in a reply, which may be an error with status 200.
    private static Keys readKeys(String source, Reply reply) throws Failure {
        String accessKey = Refusal.readText(reply.body, "AccessKeyId");
        String secretKey = Refusal.readText(reply.body, "SecretAccessKey");
        String token = Refusal.readText(reply.body, "Token");
        String expiration = Refusal.readText(reply.body, "Expiration");
        boolean isWhole = !accessKey.isEmpty() && !secretKey.isEmpty() && !token.isEmpty() && !expiration.isEmpty();
        if (reply.status != 200 || !isWhole) {
            throw refuse(source + " answered HTTP " + reply.status + " without credentials");
        }
        return new Keys(source, accessKey, secretKey, token, readExpiry(expiration));
    }

    private static long readExpiry(String text) throws Failure {
        try {
            return Utc.read(text);
        } catch (Unfit unfit) {
            throw refuse("they have no valid expiry");
        }
    }
}
