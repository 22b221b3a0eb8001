// Keys in the files of AWS's tools (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using Section = System.Collections.Generic.Dictionary<string, string>;

    // Reads the profile that a spec or the environment names. Throws Failure `not_authorized`, or SecurityException.
    internal sealed class Profile
    {
        private const string Advice =
            ", which is an AWS SDK's work: name a profile with keys, or use container or imds";
        private static readonly string[] Foreign =
        {
            "role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"
        };
        private static readonly string[] Process = { "credential_process" };
        private static readonly char[] Blanks = { ' ', '\t', '\r' };

        private readonly ProgramFacts program;

        // The name that the spec or the environment gives; empty where neither does.
        private readonly string given;
        private readonly string name;

        // Takes the names that a spec gives; the environment's and then AWS's own stand for those that it does not.
        public Profile(ProgramFacts program)
        {
            this.program = program;
            given = FirstSet(program.profile, "AWS_DEFAULT_PROFILE", Credentials.Environment("AWS_PROFILE"));
            name = given.Length == 0 ? "default" : given;
        }

        // Returns the keys of the profile, or null when it has none. The order is botocore's: what a profile needs
        // beyond keys, the keys of the credentials file, a program, the keys of the configuration file.
        public Keys Find()
        {
            if (program.profile == null && Credentials.Environment("AWS_WEB_IDENTITY_TOKEN_FILE").Length > 0)
            {
                throw Refuse("AWS_WEB_IDENTITY_TOKEN_FILE needs AWS STS" + Advice);
            }
            string credentials = FirstSet(program.file, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
            string config = FirstSet(program.configFile, "AWS_CONFIG_FILE", "~/.aws/config");
            return Find(Read(Files.ExpandHome(credentials)), Read(Files.ExpandHome(config)));
        }

        private Keys Find(Dictionary<string, Section> credentials, Dictionary<string, Section> config)
        {
            if (given.Length > 0 && !credentials.ContainsKey(name) && !config.ContainsKey(name))
            {
                throw Refuse("the profile " + name + " does not exist");
            }
            Section first = SectionOf(credentials, name);
            Section second = SectionOf(config, name);
            Refuse(first, Foreign);
            Refuse(second, Foreign);
            Keys keys = KeysOf(first);
            if (keys == null)
            {
                Refuse(first, Process);
                Refuse(second, Process);
                keys = KeysOf(second);
            }
            return keys;
        }

        // Returns what the spec says, else what a variable of the environment says, else something else.
        private static string FirstSet(string said, string variable, string otherwise)
        {
            string found = said ?? Credentials.Environment(variable);
            return found.Length > 0 ? found : otherwise;
        }

        private static Failure Refuse(string what)
        {
            return new Failure("not_authorized", what);
        }

        // Throws when one of the settings is there, which make keys out of something else.
        private void Refuse(Section section, string[] settings)
        {
            foreach (string setting in settings)
            {
                if (section.ContainsKey(setting))
                {
                    throw Refuse("the profile " + name + " needs " + setting + Advice);
                }
            }
        }

        private Keys KeysOf(Section section)
        {
            string accessKey = ValueOf(section, "aws_access_key_id");
            string secretKey = ValueOf(section, "aws_secret_access_key");
            if (accessKey.Length == 0)
            {
                return null;
            }
            if (secretKey.Length == 0)
            {
                throw Refuse("the profile " + name + " has a key without its secret");
            }
            return new Keys("profile", accessKey, secretKey, ValueOf(section, "aws_session_token"), long.MaxValue);
        }

        private static string ValueOf(Section section, string setting)
        {
            string found;
            return section.TryGetValue(setting, out found) ? found : "";
        }

        private static Section SectionOf(Dictionary<string, Section> sections, string name)
        {
            Section found;
            return sections.TryGetValue(name, out found) ? found : new Section();
        }

        // Returns the sections of a file, none when it does not exist. A file that is there and cannot be read is no
        // accident.
        private static Dictionary<string, Section> Read(string path)
        {
            string text = Files.Exists(path) ? Files.Read(path) : "";
            if (text == null)
            {
                throw Refuse("cannot read " + path);
            }
            return Parse(text);
        }

        private static Dictionary<string, Section> Parse(string text)
        {
            Dictionary<string, Section> sections = new Dictionary<string, Section>();
            Section section = new Section();
            foreach (string line in text.Split('\n'))
            {
                if (line.StartsWith("[", StringComparison.Ordinal))
                {
                    section = SectionOf(sections, NameOf(line));
                    sections[NameOf(line)] = section;
                }
                else
                {
                    TakeSetting(section, line);
                }
            }
            return sections;
        }

        // Returns the profile that a header like `[default]` or `[profile other]` begins; the word stands only in the
        // configuration file.
        private static string NameOf(string line)
        {
            int end = line.IndexOf(']');
            string title = line.Substring(1, (end < 0 ? line.Length : end) - 1).Trim(Blanks);
            if (title.StartsWith("profile ", StringComparison.Ordinal))
            {
                title = title.Substring("profile ".Length).Trim(Blanks);
            }
            bool isQuoted = title.Length > 1 && (title[0] == '"' || title[0] == '\'')
                && title[title.Length - 1] == title[0];
            return isQuoted ? title.Substring(1, title.Length - 2) : title;
        }

        // Puts a line `name = value` into a section. Lines that are indented belong to a setting of another service,
        // and some are comments.
        private static void TakeSetting(Section section, string line)
        {
            int equals = line.IndexOf('=');
            if (equals > 0 && " \t#;".IndexOf(line[0]) < 0)
            {
                string setting = line.Substring(0, equals).Trim(Blanks).ToLowerInvariant();
                section[setting] = line.Substring(equals + 1).Trim(Blanks);
            }
        }
    }
}
