// How the functions of one spec reach AWS.
package udfgen;

// The facts that all functions of a spec share; never a secret.
final class Program {
    final String name;
    final String region;
    // A URL: http or https, host, port where it is not the scheme's own.
    final String endpoint;
    // A URL, or null.
    final String proxy;
    // A file of the server with certificates in PEM; null: the Java resource with Amazon's roots.
    final String caFile;
    // The URL that stands for the addresses of the container's and the instance's credentials; null: those addresses.
    final String metadata;
    // The table of switched bindings, as SQL names it.
    final String switchTable;
    // environment, profile, container or imds.
    final String source;
    // The profile's name, the credentials file and the configuration file; null where the spec says nothing.
    final String profile;
    final String file;
    final String configFile;

    private Program(Facts facts) {
        name = facts.text("name");
        region = facts.text("region");
        endpoint = facts.text("endpoint");
        proxy = facts.text("proxy");
        caFile = facts.text("ca_file");
        metadata = facts.text("metadata");
        switchTable = facts.text("switch");
        Facts credentials = facts.facts("credentials");
        source = credentials.text("source");
        profile = credentials.text("profile");
        file = credentials.text("file");
        configFile = credentials.text("config_file");
    }

    // Reads what the compiler wrote. Throws IllegalStateException when it is no JSON.
    static Program read(String json) {
        return new Program(Facts.read(json));
    }
}
