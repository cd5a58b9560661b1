// Reading protobuf's wire format, of which a backup holds four messages: mvccpb.KeyValue,
// etcdserverpb.AlarmMember, runtime.Unknown and v1.Node. Invariant: never beyond the bytes it was
// given; what cannot be read ends the walk and says so. Source:
// protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace backup {

// One field: its number, and either `value` (a varint) or `bytes`. Fixed-width fields are skipped.
struct WireField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  // The next field; nothing at the end, and nothing where the bytes make no sense.
  std::optional<WireField> next() {
    while (!rest_.empty()) {
      std::uint64_t tag = 0;
      if (!varint(tag) || (tag >> 3) == 0 || (tag >> 3) > 0x1FFFFFFF) return fail();
      WireField field{static_cast<std::uint32_t>(tag >> 3), 0, {}};
      switch (tag & 7) {
        case 0:
          if (!varint(field.value)) return fail();
          return field;
        case 1:
          if (!take(8, field.bytes)) return fail();
          continue;
        case 2: {
          std::uint64_t size = 0;
          if (!varint(size) || !take(size, field.bytes)) return fail();
          return field;
        }
        case 5:
          if (!take(4, field.bytes)) return fail();
          continue;
        default:
          return fail();
      }
    }
    return std::nullopt;
  }
  // The message ended where a field ended.
  bool whole() const { return whole_; }

 private:
  std::optional<WireField> fail() {
    whole_ = false;
    rest_ = {};
    return std::nullopt;
  }
  bool take(std::uint64_t size, std::string_view& bytes) {
    if (size > rest_.size()) return false;
    bytes = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::string_view rest_;
  bool whole_ = true;
};

// At most eight bytes as a number, the way etcd writes revisions and raft's index.
inline std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// The bytes of the first field of that number, empty where there is none.
inline std::string_view wire_bytes(std::string_view message, std::uint32_t number) {
  WireReader reader(message);
  while (const auto field = reader.next())
    if (field->number == number) return field->bytes;
  return {};
}

}  // namespace backup
