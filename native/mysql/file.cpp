// Reading a file without being led elsewhere, and without waiting.
#include "file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace udfgen {

namespace {

// A descriptor that closes itself.
class File {
public:
    // Opens a file, but follows no link, nor waits for somebody to write into a pipe.
    explicit File(const std::string &path)
        : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {}
    ~File() {
        if (number_ >= 0) {
            close(number_);
        }
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    // Returns the size of an ordinary file in bytes, below 0 for all else.
    off_t size() const {
        struct stat facts {};
        return number_ >= 0 && fstat(number_, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : -1;
    }

    // Reads into all of the text; tells whether there was as much.
    bool fill(std::string &text) const {
        std::size_t done = 0;
        while (done < text.size()) {
            const ssize_t count = read(number_, text.data() + done, text.size() - done);
            if (count <= 0) {
                return false;
            }
            done += static_cast<std::size_t>(count);
        }
        return true;
    }

private:
    const int number_;
};

}  // namespace

std::optional<std::string> read_file(const std::string &path, std::size_t size) {
    const File file(path);
    if (file.size() < 0 || static_cast<std::size_t>(file.size()) > size) {
        return std::nullopt;
    }
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    return file.fill(text) ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace udfgen
