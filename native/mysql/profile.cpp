// Profiles (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html), read in botocore's order: what a profile
// needs beyond keys, the keys of the credentials file, a program, the keys of the configuration file.
#include "profile.hpp"

#include "ascii.hpp"
#include "environment.hpp"
#include "failure.hpp"
#include "text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace udfgen {

namespace {

using Section = std::map<std::string, std::string>;
using Sections = std::map<std::string, Section>;

const char *const advice = ", which is an AWS SDK's work: name a profile with keys, or use container or imds";

std::string credentials_path(const CredentialSource &where) {
    return expand_home(first_set({where.file.value_or(""), environment("AWS_SHARED_CREDENTIALS_FILE"),
                                  "~/.aws/credentials"}));
}

std::string config_path(const CredentialSource &where) {
    return expand_home(first_set({where.config_file.value_or(""), environment("AWS_CONFIG_FILE"), "~/.aws/config"}));
}

// Returns the name of a profile that the environment or the spec gives, empty where neither does.
std::string given_name(const CredentialSource &where) {
    return first_set({where.profile.value_or(""), environment("AWS_DEFAULT_PROFILE"), environment("AWS_PROFILE")});
}

// Returns the profile that a header like `[default]` or `[profile other]` begins; the word stands only in the
// configuration file.
std::string profile_of(std::string_view line) {
    std::string_view title = trim(line.substr(1, line.find(']') - 1));
    if (title.substr(0, 8) == "profile ") {
        title = trim(title.substr(8));
    }
    const bool is_quoted = title.size() > 1 && title.front() == title.back() && (title[0] == '"' || title[0] == '\'');
    return std::string(is_quoted ? title.substr(1, title.size() - 2) : title);
}

// Puts a line `name = value` into a section. Lines that are indented belong to a setting of another service.
void take_setting(Section &section, std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos && line[0] != ' ' && line[0] != '\t') {
        section[to_lower(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
    }
}

Sections parse_sections(std::string_view text) {
    Sections sections;
    Section *section = nullptr;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view shown = trim(line);
        if (shown.empty() || shown[0] == '#' || shown[0] == ';') {
            continue;
        }
        if (line[0] == '[') {
            section = &sections[profile_of(line)];
        } else if (section != nullptr) {
            take_setting(*section, line);
        }
    }
    return sections;
}

// Returns the sections of a file, none when it does not exist. A file that is there and cannot be read is no accident.
Sections read_sections(const std::string &path) {
    const auto text = read_file(path);
    if (!text && is_file(path)) {
        throw Failure{Code::not_authorized, "cannot read " + path};
    }
    return parse_sections(text.value_or(""));
}

std::string value_of(const Section &section, const std::string &name) {
    const auto found = section.find(name);
    return found == section.end() ? std::string() : found->second;
}

Section section_of(const Sections &sections, const std::string &name) {
    const auto found = sections.find(name);
    return found == sections.end() ? Section() : found->second;
}

// Throws when one of the settings is there, which make keys out of something else.
void refuse_settings(const std::string &profile, const Section &section, std::initializer_list<const char *> names) {
    for (const char *const name : names) {
        if (section.count(name) != 0) {
            throw Failure{Code::not_authorized, "the profile " + profile + " needs " + name + advice};
        }
    }
}

std::optional<Keys> keys_of(const std::string &profile, const Section &section) {
    const std::string access_key = value_of(section, "aws_access_key_id");
    const std::string secret_key = value_of(section, "aws_secret_access_key");
    if (access_key.empty()) {
        return std::nullopt;
    }
    if (secret_key.empty()) {
        throw Failure{Code::not_authorized, "the profile " + profile + " has a key without its secret"};
    }
    return make_keys({"profile", access_key, secret_key, value_of(section, "aws_session_token"), std::nullopt});
}

}  // namespace

bool has_profile() {
    const CredentialSource anywhere;
    return !environment("AWS_WEB_IDENTITY_TOKEN_FILE").empty() || !given_name(anywhere).empty() ||
           is_file(credentials_path(anywhere)) || is_file(config_path(anywhere));
}

std::optional<Keys> find_in_profile(const CredentialSource &where) {
    if (!where.profile && !environment("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) {
        throw Failure{Code::not_authorized, std::string("AWS_WEB_IDENTITY_TOKEN_FILE needs AWS STS") + advice};
    }
    const Sections shared = read_sections(credentials_path(where)), config = read_sections(config_path(where));
    const std::string given = given_name(where), name = given.empty() ? "default" : given;
    if (!given.empty() && shared.count(name) == 0 && config.count(name) == 0) {
        throw Failure{Code::not_authorized, "the profile " + name + " does not exist"};
    }
    const Section first = section_of(shared, name), second = section_of(config, name);
    for (const Section &section : {first, second}) {
        refuse_settings(name, section,
                        {"role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "login_session"});
    }
    if (auto keys = keys_of(name, first)) {
        return keys;
    }
    for (const Section &section : {first, second}) {
        refuse_settings(name, section, {"credential_process"});
    }
    return keys_of(name, second);
}

}  // namespace udfgen
