#pragma once
#include <map>
#include <string>
#include <vector>

#include "dyad/config/parse.hpp"

namespace dyad::config {

/// What is to be said beside a complaint: the words at the mark, and the hint below.
struct Advice {
    std::string mark = {};
    std::string hint = {};
};

/// Everything there is to say about a file, collected while it is read and handed out by line.
class Notes {
public:
    void error(const Place& place, std::string what, Advice advice = {});
    void warning(const Place& place, std::string what, Advice advice = {});
    /// This version knows what the key would mean and does nothing about it: one error a key, however often it stands there.
    void not_built(const Place& place, const std::string& key, const std::string& hint = {});
    std::size_t errors() const { return errors_ + idle_.size(); }
    std::vector<Diagnostic> take();

private:
    void add(Diagnostic::Level level, const Place& place, std::string what, Advice advice);

    struct Idle {
        std::vector<Place> places;
        std::string hint;
    };
    std::vector<Diagnostic> diagnostics_;
    std::map<std::string, Idle> idle_;
    std::size_t errors_ = 0;
    std::size_t left_out_ = 0;
    Place last_left_out_;
};

}  // namespace dyad::config
