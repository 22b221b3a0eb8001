// Keys in the files of AWS's tools (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
package udfgen;

import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

// Reads the profile that a spec names. Throws Failure `not_authorized`, or SecurityException.
final class Profile {
    private static final String ADVICE =
        ", which is an AWS SDK's work: name a profile with keys, or use container or imds";
    private static final String[] FOREIGN = {
        "role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"
    };
    private static final String[] PROGRAM = {"credential_process"};

    private final Program program;
    private final String name;

    // Takes the names of files and profile; without one it is `default`.
    Profile(Program program) {
        this.program = program;
        name = program.profile == null ? "default" : program.profile;
    }

    // Returns the keys of the profile, or null when it has none. The order is botocore's: what a profile needs beyond
    // keys, the keys of the credentials file, a program, the keys of the configuration file.
    Keys find() throws Failure {
        Map<String, Map<String, String>> shared = read(program.file);
        Map<String, Map<String, String>> config = read(program.configFile);
        if (program.profile != null && !shared.containsKey(name) && !config.containsKey(name)) {
            throw refuse("the profile " + name + " does not exist");
        }
        Map<String, String> first = section(shared, name);
        Map<String, String> second = section(config, name);
        refuse(first, FOREIGN);
        refuse(second, FOREIGN);
        Keys keys = keys(first);
        if (keys == null) {
            refuse(first, PROGRAM);
            refuse(second, PROGRAM);
            keys = keys(second);
        }
        return keys;
    }

    private static Failure refuse(String what) {
        return new Failure("not_authorized", what);
    }

    // Throws when one of the settings is there, which make keys out of something else.
    private void refuse(Map<String, String> section, String[] settings) throws Failure {
        for (String setting : settings) {
            if (section.containsKey(setting)) {
                throw refuse("the profile " + name + " needs " + setting + ADVICE);
            }
        }
    }

    private Keys keys(Map<String, String> section) throws Failure {
        String accessKey = value(section, "aws_access_key_id");
        String secretKey = value(section, "aws_secret_access_key");
        if (accessKey.isEmpty()) {
            return null;
        }
        if (secretKey.isEmpty()) {
            throw refuse("the profile " + name + " has a key without its secret");
        }
        return new Keys("profile", accessKey, secretKey, value(section, "aws_session_token"), Long.MAX_VALUE);
    }

    private static String value(Map<String, String> section, String setting) {
        String found = section.get(setting);
        return found == null ? "" : found;
    }

    private static Map<String, String> section(Map<String, Map<String, String>> sections, String name) {
        Map<String, String> found = sections.get(name);
        return found == null ? new HashMap<String, String>() : found;
    }

    // Returns the sections of a file, none when it does not exist. A file that is there and cannot be read is no
    // accident.
    private static Map<String, Map<String, String>> read(String path) throws Failure {
        try {
            return parse(path == null || !Files.exists(path) ? "" : Files.read(path));
        } catch (IOException unread) {
            throw refuse("cannot read " + path);
        }
    }

    private static Map<String, Map<String, String>> parse(String text) {
        Map<String, Map<String, String>> sections = new HashMap<String, Map<String, String>>();
        Map<String, String> section = new HashMap<String, String>();
        for (String line : text.split("\n")) {
            if (line.startsWith("[")) {
                section = section(sections, nameOf(line));
                sections.put(nameOf(line), section);
            } else {
                takeSetting(section, line);
            }
        }
        return sections;
    }

    // Returns the profile that a header like `[default]` or `[profile other]` begins; the word stands only in the
    // configuration file.
    private static String nameOf(String line) {
        int end = line.indexOf(']');
        String title = line.substring(1, end < 0 ? line.length() : end).trim();
        if (title.startsWith("profile ")) {
            title = title.substring("profile ".length()).trim();
        }
        boolean isQuoted = title.length() > 1 && (title.charAt(0) == '"' || title.charAt(0) == '\'')
            && title.charAt(title.length() - 1) == title.charAt(0);
        return isQuoted ? title.substring(1, title.length() - 1) : title;
    }

    // Puts a line `name = value` into a section. Lines that are indented belong to a setting of another service, and
    // some are comments.
    private static void takeSetting(Map<String, String> section, String line) {
        int equals = line.indexOf('=');
        if (equals > 0 && " \t#;".indexOf(line.charAt(0)) < 0) {
            String setting = line.substring(0, equals).trim().toLowerCase(Locale.ROOT);
            section.put(setting, line.substring(equals + 1).trim());
        }
    }
}
