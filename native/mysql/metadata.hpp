// Metadata services: temporary credentials from the container or the instance that the server runs on.
#pragma once

#include "credentials.hpp"
#include "patience.hpp"

#include <optional>

namespace udfgen {

// Returns the credentials of the container (ECS, EKS Pod Identity), or nothing when its variables are not set. Throws
// Failure (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
std::optional<Keys> find_in_container(Patience &patience);

// Returns the credentials of the EC2 instance by IMDSv2, or nothing when that is switched off. Throws Failure
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
std::optional<Keys> find_in_imds(Patience &patience);

}  // namespace udfgen
