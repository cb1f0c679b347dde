#include "shell/journal.hpp"

#include <fmt/chrono.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dyad/base/contains.hpp"
#include "shell/event_words.hpp"
#include "shell/plain_text.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// By the configuration's words: nothing of ours is finer than debug.
EventLevel level_of(std::string_view name) {
    if (name == "debug" || name == "trace") return EventLevel::Debug;
    if (name == "warning") return EventLevel::Warning;
    if (name == "error") return EventLevel::Error;
    return EventLevel::Info;
}

spdlog::level::level_enum spdlog_level(EventLevel level) {
    switch (level) {
        case EventLevel::Debug:
            return spdlog::level::debug;
        case EventLevel::Info:
            return spdlog::level::info;
        case EventLevel::Warning:
            return spdlog::level::warn;
        case EventLevel::Error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// What the journal reads at the start of a line of standard error: sd-daemon(3).
std::string_view journal_priority(EventLevel level) {
    switch (level) {
        case EventLevel::Debug:
            return "<7>";
        case EventLevel::Info:
            return "<6>";
        case EventLevel::Warning:
            return "<4>";
        case EventLevel::Error:
            return "<3>";
    }
    return "";
}

}  // namespace

/// The one place that knows spdlog. It prints finished lines: words, times and levels are ours.
struct Journal::Sink {
    std::shared_ptr<spdlog::logger> logger;
    config::Log settings;
    bool journald = false;

    void open() {
        journald = settings.target == "journal" || (settings.target == "auto" && std::getenv("JOURNAL_STREAM"));
        logger = std::make_shared<spdlog::logger>("dyad", make_sink());
        logger->set_level(spdlog::level::trace);
        logger->set_pattern("%v");
        logger->flush_on(spdlog::level::trace);
    }

    bool to_file() const {
        constexpr std::array<std::string_view, 5> kOthers{"", "auto", "journal", "stderr", "syslog"};
        return !contains(kOthers, settings.target);
    }

    spdlog::sink_ptr make_sink() {
        const auto& target = settings.target;
        if (target == "syslog") return std::make_shared<spdlog::sinks::syslog_sink_st>("dyad", 0, LOG_DAEMON, true);
        if (to_file()) {
            try {
                return std::make_shared<spdlog::sinks::basic_file_sink_st>(target);
            } catch (const spdlog::spdlog_ex& error) {
                fmt::print(stderr, "dyad: {}; logging to standard error\n", error.what());
            }
        }
        return std::make_shared<spdlog::sinks::stderr_sink_st>();
    }

    EventLevel threshold(std::string_view subject) const {
        const auto found = std::ranges::find(settings.levels, subject, &std::pair<std::string, std::string>::first);
        return level_of(found == settings.levels.end() ? settings.level : found->second);
    }

    void print(const Entry& entry) const {
        const auto level = entry_level(entry);
        const auto subject = entry_subject(entry);
        if (level < threshold(subject)) return;
        logger->log(spdlog_level(level), "{}", settings.json ? entry_json(entry) : text_line(entry, level, subject));
    }

    std::string text_line(const Entry& entry, EventLevel level, std::string_view subject) const {
        const auto words =
            fmt::format("{}{}{}", subject, subject.empty() ? "" : "  ", plain_text(entry_sentence(entry)));
        if (settings.target == "syslog") return words;
        if (journald) return fmt::format("{}{}", journal_priority(level), words);
        const auto seconds = std::chrono::system_clock::to_time_t(entry.time);
        const auto milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(entry.time.time_since_epoch()).count() % 1000;
        return fmt::format("{:%H:%M:%S}.{:03} {:<7} {}", fmt::localtime(seconds), milliseconds, to_string(level),
                           words);
    }
};

Journal::Journal(Clock clock) : clock_(std::move(clock)), sink_(std::make_unique<Sink>()) { sink_->open(); }
Journal::~Journal() = default;

void Journal::configure(const config::Log& log) {
    const bool moved = log.target != sink_->settings.target;
    sink_->settings = log;
    // A file anew each time: with a reload logrotate says that it has moved the old one away.
    if (moved || sink_->to_file()) sink_->open();
}

void Journal::record(speaker::Event event) { add({now(), std::move(event)}); }

void Journal::note(EventLevel level, std::string text) { add({now(), Note{level, std::move(text)}}); }

void Journal::add(Entry entry) {
    sink_->print(entry);
    if (ring_.size() == kMaxEntries) {
        ring_.pop_front();
        ++first_;
    }
    ring_.push_back(std::move(entry));
    if (on_entry_) on_entry_();
}

}  // namespace dyad::shell
