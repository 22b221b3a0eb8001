// Profiles: keys in the files that the AWS command line writes
// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
#pragma once

#include "credentials.hpp"

#include <optional>

namespace udfgen {

// Tells whether the server's account has a profile or a web identity, which a chain must not pass over.
bool has_profile();

// Returns the keys of a profile, or nothing when the files hold none. Throws Failure `not_authorized` for a named
// profile that does not exist, and for one that needs more than keys: roles, single sign-on and programs are an SDK's
// work.
std::optional<Keys> find_in_profile(const CredentialSource &where);

}  // namespace udfgen
