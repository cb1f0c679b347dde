#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/notes.hpp"
#include "config/schema.hpp"

namespace dyad::config {

/// One table of the file seen through the schema: on construction every unknown key, wrong type, number out of
/// range and unknown word has been complained about; what is read after that is there and right, or the default.
/// The table must outlive it.
class Fields {
public:
    Fields(const Table& table, Section section, std::string where, Place place, Notes& notes);

    /// What stands there, where it is of the right type.
    const Value* find(std::string_view name) const;
    /// Something stands there, right, wrong or misspelt: nobody need complain that it is missing.
    bool has(std::string_view name) const;
    /// Of the value; of the table where the key is absent.
    Place place(std::string_view name) const;
    Place place() const { return place_; }
    const std::string& where() const { return where_; }

    void read(std::string_view name, bool& out) const;
    void read(std::string_view name, std::string& out) const;
    void read(std::string_view name, std::uint8_t& out) const;
    void read(std::string_view name, std::uint16_t& out) const;
    void read(std::string_view name, std::uint32_t& out) const;
    void read(std::string_view name, std::chrono::milliseconds& out) const;
    void read(std::string_view name, std::chrono::seconds& out) const;
    std::optional<std::uint32_t> number(std::string_view name) const;
    std::optional<std::chrono::milliseconds> duration(std::string_view name) const;
    /// The index of the word among the key's choices.
    std::optional<std::size_t> choice(std::string_view name) const;
    template <typename Enum>
    void read_choice(std::string_view name, Enum& out) const {
        if (const auto index = choice(name)) out = static_cast<Enum>(*index);
    }
    std::optional<Address> address(std::string_view name) const;
    std::optional<Prefix> prefix(std::string_view name, std::string_view host_bits_mark = {}) const;

private:
    struct Checked {
        const Entry* entry;
        bool good;
    };
    void complain_unknown(const Entry& entry);
    const Checked* checked(std::string_view name) const;

    std::vector<Checked> entries_;
    std::vector<std::string_view> misspelt_;  ///< keys that unknown ones were probably meant to be
    Section section_;
    std::string where_;
    Place place_;
    Notes* notes_;
};

/// Complains and returns nothing where the text is no prefix.
std::optional<Prefix> read_prefix(const std::string& text, const Place& place, Notes& notes,
                                  std::string_view host_bits_mark = {});
std::optional<Address> read_address(const std::string& text, const Place& place, Notes& notes);

/// The block that a text with host bits set lies in.
std::optional<Prefix> prefix_around(const std::string& text);

}  // namespace dyad::config
