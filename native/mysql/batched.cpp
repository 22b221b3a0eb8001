// A SQL call of a batch function: which rows are sent, in which packs, several of them at once, by one thread.
#include "batched.hpp"

#include "envelope.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace udfgen {

namespace {

// The rows of a request: those from `start` to before `stop`.
struct Pack {
    std::size_t start, stop;
    std::size_t size() const { return stop - start; }
};

// The texts that are sent, the number of the first row that each is for, and where each row finds its result.
struct Sending {
    std::vector<std::string> texts;
    std::vector<std::size_t> numbers;
    std::vector<std::optional<std::size_t>> places;  // nothing: the row is not sent
};

Sending arrange(std::vector<std::optional<std::string>> rows, bool collapse) {
    Sending sending;
    // The keys are in `rows`, which stay until the end.
    std::unordered_map<std::string_view, std::size_t> seen;
    sending.places.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!rows[row]) {
            sending.places.emplace_back();
            continue;
        }
        const std::size_t next = sending.numbers.size();
        const std::size_t place = collapse ? seen.try_emplace(*rows[row], next).first->second : next;
        sending.places.emplace_back(place);
        if (place == next) {
            sending.numbers.push_back(row + 1);
        }
    }
    for (const std::size_t number : sending.numbers) {
        sending.texts.push_back(std::move(*rows[number - 1]));
    }
    return sending;
}

// Returns as few packs as rows and bytes allow, each of one row at least.
std::deque<Pack> divide(const std::vector<std::string> &texts, const Envelope &envelope, const Batch &batch) {
    std::deque<Pack> packs;
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const std::size_t rows = packs.empty() ? 0 : packs.back().size();
        bytes += texts[at].size() + 1;
        if (rows == 0 || rows == batch.max_rows || bytes + envelope.size(rows + 1) > batch.max_bytes) {
            packs.push_back({at, at});
            bytes = texts[at].size();
        }
        ++packs.back().stop;
    }
    return packs;
}

// A request under way.
struct Aloft {
    Aloft(const Surroundings &around, Pack rows, const Binding &chosen, std::string text, const std::string &context)
        : pack(rows), binding(chosen), body(std::move(text)), patience(around.is_killed, binding.timeout),
          flight(around.invoke, binding, body, context, patience) {}

    const Pack pack;
    const Binding &binding;
    const std::string body;
    Patience patience;
    Flight flight;
};

// One SQL call.
class Query {
public:
    Query(const Function &function, const Unpacker &unpack, const Surroundings &around, Sending sending)
        : function_(function), unpack_(unpack), around_(around), rehearsal_(rehearsed(*function.binding)),
          context_(show_caller(*function.binding, around)), sending_(std::move(sending)),
          envelope_(*function.batch, around, around.queries.next(around.session)),
          packs_(divide(sending_.texts, envelope_, *function.batch)), values_(sending_.texts.size()) {}

    // Sends all packs, at most `concurrency` at once. What fails ends it: those under way are given up.
    void run();

    // Returns the result of each row.
    Results results() const;

private:
    void launch();
    bool land(Aloft &aloft);
    void take_in(Aloft &aloft);
    void absorb(Pack pack, bool is_rehearsal, const Failure &failure);
    const Binding &choose() const;
    bool is_void() const { return std::holds_alternative<std::monostate>(function_.returns); }

    const Function &function_;
    const Unpacker &unpack_;
    const Surroundings &around_;
    const Binding rehearsal_;
    const std::string context_;
    const Sending sending_;
    const Envelope envelope_;
    std::deque<Pack> packs_;
    std::list<Aloft> aloft_;
    Results values_;
};

void Query::run() {
    while (true) {
        while (aloft_.size() < function_.batch->concurrency && !packs_.empty()) {
            launch();
        }
        if (aloft_.empty()) {
            return;
        }
        Waiting waiting;
        for (const Aloft &each : aloft_) {
            each.flight.watch(waiting);
        }
        waiting.wait();
        aloft_.remove_if([this](Aloft &each) { return land(each); });
    }
}

// Begins the next request. A dry run has one for all.
void Query::launch() {
    const Binding &binding = choose();
    const Pack pack = packs_.front();
    packs_.pop_front();
    if (binding.invoke == Invoke::dry_run) {
        packs_.clear();
    }
    try {
        const std::string body = envelope_.wrap(sending_.texts, pack.start, pack.stop);
        aloft_.emplace_back(around_, pack, binding, body, context_);
    } catch (const Failure &failure) {
        absorb(pack, &binding == &rehearsal_, failure);
    }
}

// Returns the binding as it is switched now.
const Binding &Query::choose() const {
    return look(*function_.binding, around_) == Mode::dry_run ? rehearsal_ : *function_.binding;
}

// Lets a request go on; tells whether it is over.
bool Query::land(Aloft &aloft) {
    try {
        if (!aloft.flight.advance()) {
            return false;
        }
        take_in(aloft);
    } catch (const Failure &failure) {
        absorb(aloft.pack, &aloft.binding == &rehearsal_, failure);
    }
    return true;
}

void Query::take_in(Aloft &aloft) {
    const Answer answer = aloft.flight.take();
    const Pack pack = aloft.pack;
    try {
        if (aloft.binding.invoke != Invoke::sync) {
            read_document(answer.body);
            return;
        }
        Results found = unpack_(answer.body, pack.size(), [&](std::size_t index) { return sending_.numbers[pack.start + index]; });
        std::move(found.begin(), found.end(), values_.begin() + static_cast<std::ptrdiff_t>(pack.start));
    } catch (Failure &failure) {
        answer.blame(failure);
        throw;
    }
}

// Splits a pack that AWS refused for its size, leaves its rows NULL, or throws the failure.
void Query::absorb(Pack pack, bool is_rehearsal, const Failure &failure) {
    const bool is_too_large = failure.code == Code::too_large && !is_rehearsal;
    if (is_too_large && pack.size() > 1) {
        const std::size_t middle = (pack.start + pack.stop + 1) / 2;
        packs_.push_front({middle, pack.stop});
        packs_.push_front({pack.start, middle});
    } else if (!hides(function_, failure)) {
        throw is_too_large ? in_row(sending_.numbers[pack.start], failure) : failure;
    }
}

Results Query::results() const {
    Results results;
    if (!is_void()) {
        for (const auto &place : sending_.places) {
            results.push_back(place ? values_[*place] : std::nullopt);
        }
    }
    return results;
}

}  // namespace

Batched::Batched(Function read) : function_(std::move(read)), encode_(function_), unpack_(function_) {}

Results Batched::operator()(Rows &rows, const Surroundings &around) const {
    try {
        look(*function_.binding, around);
        auto texts = encode_rows(encode_, rows, function_.null_on_null);
        Query query(function_, unpack_, around, arrange(std::move(texts), function_.batch->collapse));
        query.run();
        return query.results();
    } catch (const Failure &failure) {
        throw Failed{function_.binding->name, failure};
    }
}

}  // namespace udfgen
