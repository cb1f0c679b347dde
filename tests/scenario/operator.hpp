#pragma once
#include <functional>
#include <string>

namespace dyad::scenario {

/// Somebody with the real program and a terminal: it is started with these words, its questions are answered as the daemon's control
/// socket would, and what it prints is what is told. Files are those of the current directory.
class Operator {
public:
    /// The answer to one line of JSON.
    using Answerer = std::function<std::string(const std::string& question)>;
    struct Said {
        std::string text;  ///< standard output and error as they come
        int code = 0;      ///< its exit status
    };

    Operator(std::string program, Answerer answer);
    ~Operator();
    Operator(const Operator&) = delete;

    /// `dyad WORDS`, as a shell reads them.
    Said types(const std::string& words);

private:
    void serve();

    std::string program_, home_;
    Answerer answer_;
    int listener_ = -1;
};

/// JSON for people to compare: a member or an element a line where it would not fit one.
std::string readable_json(const std::string& text);

}  // namespace dyad::scenario
