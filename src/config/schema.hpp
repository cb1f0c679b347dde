#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dyad/config/diff.hpp"

namespace dyad::config {

/// The tables a key can stand in. A peering's and a neighbor's `accept` and `limits` have the same keys and
/// other defaults.
enum class Section : std::uint8_t {
    Top,
    Circuit,
    Peering,
    Link,
    Neighbor,
    Advertise,
    Range,
    Accept,
    NeighborAccept,
    CommunityRule,
    Md5,
    GracefulRestart,
    Bfd,
    Limits,
    NeighborLimits,
    Redistribute,
    Watch,
    Backup,
    NeighborBackup,
    Fib,
    Control,
    Http,
    Log,
    Record,
    Mrt,
    Bmp,
};

/// What may stand behind a key.
enum class Type : std::uint8_t {
    Flag,
    Number,
    Text,
    Choice,
    Duration,
    Prefix,
    Address,
    Texts,
    Numbers,
    List,
    Nested,
    Tables,
    FlagOrTable,
    NumberOrText,
    TextOrTable,
    ListOrTable,
    TextOrList,
};

/// Keys of a later version are validated now, so that a file can be written for both.
enum class Acts : std::uint8_t { Now, NotYet };

/// All there is to know of a key. The parser, the reload classes and conf/dyad.toml come from this.
struct Key {
    Section section = Section::Top;
    std::string_view name = {};
    Type type = Type::Text;
    ReloadClass reload = ReloadClass::Session;
    std::string_view default_text = {};  ///< as TOML; "" where absence is not the same as any value
    std::string_view sample = {};        ///< shown in conf/dyad.toml where there is no default
    std::int64_t least = 0;              ///< numbers; milliseconds for durations
    std::int64_t most = 0;
    std::string_view choices = {};  ///< "both|primary|secondary"
    Acts acts = Acts::Now;
    std::string_view help = {};
};

std::span<const Key> schema();
const Key* find_key(Section section, std::string_view name);

/// The name most like it in that section, where one is like it at all.
std::optional<std::string_view> similar_key(Section section, std::string_view name);
/// Of the choices "a|b|c" the one most like it.
std::optional<std::string_view> similar_choice(std::string_view choices, std::string_view text);
/// Where else such a key stands: "[fib]"; "" for nowhere.
std::string_view section_with(std::string_view name);
/// How the file calls a section: "[fib]", "limits".
std::string_view section_name(Section section);

/// What may stand there, in words: "a duration such as \"180s\"".
std::string_view type_words(Type type);

}  // namespace dyad::config
