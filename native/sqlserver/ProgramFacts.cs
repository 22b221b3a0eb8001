// How the functions of one spec reach AWS.
namespace Udfgen
{
    // The facts that all functions of a spec share; never a secret.
    internal sealed class ProgramFacts
    {
        public readonly string name;
        public readonly string region;

        // A URL: http or https, host, port where it is not the scheme's own.
        public readonly string endpoint;

        // A URL, or null.
        public readonly string proxy;

        // The URL that stands for the addresses of the container's and the instance's credentials; null: those
        // addresses.
        public readonly string metadata;

        // chain, environment, profile, container or imds.
        public readonly string source;

        // The profile's name, the credentials file and the configuration file; null where the spec says nothing.
        public readonly string profile;
        public readonly string file;
        public readonly string configFile;

        private ProgramFacts(Facts facts)
        {
            name = facts.Text("name");
            region = facts.Text("region");
            endpoint = facts.Text("endpoint");
            proxy = facts.Text("proxy");
            metadata = facts.Text("metadata");
            Facts credentials = facts.Below("credentials");
            source = credentials.Text("source");
            profile = credentials.Text("profile");
            file = credentials.Text("file");
            configFile = credentials.Text("config_file");
        }

        // Reads what the compiler wrote. Throws InvalidOperationException when it is no JSON.
        public static ProgramFacts Read(string json)
        {
            return new ProgramFacts(Facts.Read(json));
        }
    }
}
