#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/wire/attributes.hpp"
#include "mrt/record.hpp"

/// MRT (RFC 6396, RFC 8050): the files in which route collectors keep what they heard. Octets come in, news of
/// the collector's neighbours goes out, whether the file is a table (TABLE_DUMP_V2) or a recording of messages
/// (BGP4MP, BGP4MP_ET). Nothing here opens a file or unpacks one; mrt::Table makes a routing table of the news.
namespace dyad::mrt {

/// Whom the collector heard.
struct Neighbor {
    Address address;
    Asn asn;
    friend auto operator<=>(const Neighbor&, const Neighbor&) = default;
};

/// What one neighbour said in one record about prefixes of one family.
struct News {
    Neighbor neighbor;
    std::uint32_t seconds = 0;  ///< since 1970: of the message, or of the route where the record is a table's
    std::uint32_t microseconds = 0;
    std::vector<Prefix> withdrawn;
    std::vector<Prefix> announced;
    std::optional<wire::Attributes> attributes;  ///< present when anything is announced
};

using Item = std::variant<News, Error>;

/// Reads a file from its first octet to its last, which must stay where they are. A malformed record is told
/// with its offset and reading goes on behind it, where its length lets it. State changes, families other than
/// unicast IPv4 and IPv6 and messages other than UPDATE are passed over.
class File {
public:
    explicit File(Bytes octets) : records_(octets) {}
    /// The next item, or nothing at the end of the file.
    std::optional<Item> next();
    /// Records seen so far, those passed over and malformed ones included.
    std::size_t records() const { return count_; }

private:
    void read(const Record& record);
    void read_table_dump(const Record& record);
    void read_peer_index(const Record& record);
    void read_rib(const Record& record, Family family, std::size_t path_id_octets);
    void read_message(const Record& record);
    void read_update(const Record& record, const Neighbor& neighbor, Bytes body, bool four_octet_as);
    void fault(std::size_t offset, std::string what) { items_.push_back(Error{offset, std::move(what)}); }

    RecordCursor records_;
    std::size_t count_ = 0;
    std::vector<Neighbor> peers_;  ///< of the last PEER_INDEX_TABLE: RIB entries name them by their place in it
    std::deque<Item> items_;       ///< of the record read last
};

}  // namespace dyad::mrt
