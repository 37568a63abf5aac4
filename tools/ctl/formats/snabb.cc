// SPDX-License-Identifier: BSD-3-Clause
// Imports Snabb's lwAFTR. Its keys are defined in apps/lwaftr and the YANG modules snabb-softwire-v1, -v2 and
// -v3.
#include <map>
#include <optional>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"
#include "tools/ctl/formats/settings.h"
#include "tools/ctl/formats/snabb_interfaces.h"
#include "tools/ctl/formats/yang_text.h"

namespace softwire::ctl {
namespace {

using controlplane::in_quotes;
using Event = YangText::Event;

// How ports are divided: bits of the PSID ("psid-length"), of what Snabb reserves
// ("reserved-ports-bit-count", RFC 7597's offset), and what is left ("shift").
struct PortBits {
  std::optional<std::uint32_t> length;
  std::optional<std::uint32_t> reserved;
  std::optional<std::uint32_t> shift;
};

// A softwire while it is read. Its ports and BR address may follow later, in another block.
struct Pending {
  std::uint32_t line = 0;
  std::uint32_t psid = 0;
  std::uint32_t br_index = 1;  // snabb-softwire-v1: index into the list of br-address, from 1
  Ipv4Address ipv4;
  Ipv6Address b4;
  Ipv6Address br;  // ::: see br_index
  PortBits bits;   // no length: psid-map has it
};

struct AddressRange {
  Ipv4Address last;
  PortParameters parameters;
};

class SnabbImport {
 public:
  SnabbImport(std::string_view text, const std::string& name)
      : text_(text), name_(name), interfaces_(text_, name_, settings_, imported_.notes) {}

  Result<Imported> run() {
    if (auto bad = read_top()) return *bad;
    if (auto bad = resolve()) return *bad;
    interfaces_.complete();
    finish(imported_, settings_, name_);
    return std::move(imported_);
  }

 private:
  [[nodiscard]] Error error(const std::string& what) const { return error_at(name_, text_.line(), what); }

  // Reads statements until the } of this block.
  template <typename Leaf, typename Open>
  std::optional<Error> read_block(Leaf leaf, Open open) {
    const std::uint32_t begin = text_.line();
    const auto end = read_statements(text_, leaf, open);
    if (!end) return end.error();
    if (*end == Event::kError) return error(text_.error());
    if (*end == Event::kClose) return std::nullopt;
    return error_at(name_, begin, "the block that begins here does not end; end it with }");
  }

  std::optional<Error> read_top() {
    bool found = false;
    const auto end = read_statements(
        text_,
        [&]() -> std::optional<Error> {
          return error("a configuration begins with softwire-config { ... }");
        },
        [&]() -> std::optional<Error> {
          const std::string_view keyword = text_.keyword();
          if (keyword == "softwire-config") {
            found = true;
            return read_config();
          }
          if (keyword == "binding-table") {  // early snabb-softwire-v1 has it outside softwire-config
            found = true;
            return read_binding_table();
          }
          return interfaces_.skip_block("it is not a part of a lwAFTR's softwires");
        });
    if (!end) return end.error();
    if (*end == Event::kError) return error(text_.error());
    if (*end == Event::kClose) return error("there is no block for '}' to close; remove it");
    if (!found) return error("there is no softwire-config; give the configuration of a Snabb lwAFTR");
    return std::nullopt;
  }

  std::optional<Error> read_config() {
    return read_block(
        [&]() -> std::optional<Error> {
          interfaces_.note("softwired has no such key");
          return std::nullopt;
        },
        [&]() -> std::optional<Error> {
          const std::string_view keyword = text_.keyword();
          if (keyword == "binding-table") return read_binding_table();
          if (keyword == "instance") return interfaces_.read_instance();
          if (keyword == "external-interface") return interfaces_.read_interface(Side::kIpv4);
          if (keyword == "internal-interface") return interfaces_.read_interface(Side::kIpv6);
          return interfaces_.skip_block("softwired has no such block");
        });
  }

  std::optional<Error> read_binding_table() {
    return read_block(
        [&]() -> std::optional<Error> {
          if (text_.keyword() != "br-address") {
            interfaces_.note("a softwire is ipv4, psid, b4-ipv6, br-address and port-set");
            return std::nullopt;
          }
          Ipv6Address address;
          if (auto bad = read_softwire_address(address)) return bad;
          br_addresses_.push_back(address);
          return std::nullopt;
        },
        [&]() -> std::optional<Error> {
          if (text_.keyword() == "softwire") return read_softwire();
          if (text_.keyword() == "psid-map") return read_psid_map();
          return interfaces_.skip_block("softwired keeps its own history of bindings");  // version
        });
  }

  std::optional<Error> read_number(std::optional<std::uint32_t>& place, std::uint32_t max) {
    place = parse_number(text_.argument(), max);
    if (place) return std::nullopt;
    return error(std::string(text_.keyword()) + ": " + in_quotes(text_.argument()) + " is not " +
                 controlplane::decimal_words(0, max));
  }

  std::optional<Error> read_ipv4(std::optional<Ipv4Address>& place) {
    place = controlplane::parse_ipv4_subscriber(text_.argument());
    if (place) return std::nullopt;
    return error(std::string(text_.keyword()) + ": " + in_quotes(text_.argument()) + " is not " +
                 std::string(controlplane::kIpv4SubscriberWords));
  }

  std::optional<Error> read_softwire_address(Ipv6Address& place) {
    const auto address = controlplane::parse_softwire_address(text_.argument());
    if (!address) {
      return error(std::string(text_.keyword()) + ": " + in_quotes(text_.argument()) + " is not " +
                   std::string(controlplane::kSoftwireAddressWords));
    }
    place = *address;
    return std::nullopt;
  }

  std::optional<Error> read_port_set(PortBits& bits) {
    return read_block([&] { return read_port_bits(bits); },
                      [&] { return interfaces_.skip_block("a port-set has no such block"); });
  }

  std::optional<Error> read_port_bits(PortBits& bits) {
    const std::string_view keyword = text_.keyword();
    if (keyword == "psid-length") return read_number(bits.length, 16);
    if (keyword == "reserved-ports-bit-count") return read_number(bits.reserved, 16);
    if (keyword == "shift") return read_number(bits.shift, 16);
    return error(in_quotes(keyword) + " is unknown; ports have psid-length, reserved-ports-bit-count, shift");
  }

  std::optional<Error> read_softwire() {
    Pending softwire;
    softwire.line = text_.line();
    std::optional<Ipv4Address> ipv4;
    std::optional<std::uint32_t> psid;
    std::optional<std::uint32_t> br;
    auto bad = read_block(
        [&]() -> std::optional<Error> {
          const std::string_view keyword = text_.keyword();
          if (keyword == "ipv4") return read_ipv4(ipv4);
          if (keyword == "psid") return read_number(psid, 0xffff);
          if (keyword == "b4-ipv6") return read_softwire_address(softwire.b4);
          if (keyword == "br-address") return read_softwire_address(softwire.br);
          if (keyword == "br") return read_number(br, UINT32_MAX);
          // Padding of Snabb's table entry. It is always 0 and has no meaning.
          if (keyword != "padding") interfaces_.note("softwired has no such key of a binding");
          return std::nullopt;
        },
        [&]() -> std::optional<Error> {
          if (text_.keyword() == "port-set") return read_port_set(softwire.bits);
          return interfaces_.skip_block("softwired has no such key of a binding");
        });
    if (bad) return bad;
    const auto missing = [&](const std::string& key) {
      return error_at(name_, softwire.line, "the softwire has no " + key + "; give one");
    };
    if (!ipv4) return missing("ipv4");
    if (softwire.b4.is_unspecified()) return missing("b4-ipv6");
    softwire.ipv4 = *ipv4;
    softwire.psid = psid.value_or(0);
    softwire.br_index = br.value_or(1);
    pending_.push_back(softwire);
    return std::nullopt;
  }

  std::optional<Error> read_psid_map() {
    const std::uint32_t line = text_.line();
    std::optional<Ipv4Address> first;
    std::optional<Ipv4Address> last;
    PortBits bits;
    auto bad = read_block(
        [&]() -> std::optional<Error> {
          if (text_.keyword() == "addr") return read_ipv4(first);
          if (text_.keyword() == "end-addr") return read_ipv4(last);
          return read_port_bits(bits);
        },
        [&] { return interfaces_.skip_block("a psid-map has no such block"); });
    if (bad) return bad;
    if (!first) return error_at(name_, line, "the psid-map has no addr; give one");
    const Result<PortParameters> parameters = port_parameters(bits, line);
    if (!parameters) return parameters.error();
    psid_map_[*first] = {last.value_or(*first), *parameters};
    return std::nullopt;
  }

  Result<PortParameters> port_parameters(const PortBits& bits, std::uint32_t line) {
    if (!bits.length) return error_at(name_, line, "there is no psid-length; give one from 0 to 16");
    const std::uint32_t length = *bits.length;
    const std::uint32_t shift = bits.shift.value_or(0);
    const std::uint32_t reserved = bits.reserved                        ? *bits.reserved
                                   : bits.shift && length + shift <= 16 ? 16 - length - shift
                                                                        : 0;
    if (length + reserved > 16 || (bits.shift && length + reserved + shift != 16)) {
      return error_at(name_, line,
                      "psid-length " + std::to_string(length) + ", reserved-ports-bit-count " +
                          std::to_string(reserved) + (bits.shift ? ", shift " + std::to_string(shift) : "") +
                          " do not make 16 bits; together they are the 16 bits of a port");
    }
    // Snabb reserves the first 2^reserved ports. RFC 7597 with A > 0 reserves the first 2^(16 - reserved)
    // ports.
    if (reserved != 0 && reserved != 8 && !said_reserved_) {
      said_reserved_ = true;
      imported_.notes.push_back(
          not_carried(name_, line, "the meaning of reserved-ports-bit-count " + std::to_string(reserved),
                      "Snabb leaves out ports below " + std::to_string(1U << reserved) +
                          ", RFC 7597 and softwired those below " + std::to_string(1U << (16 - reserved))));
    }
    return PortParameters{static_cast<std::uint8_t>(reserved), static_cast<std::uint8_t>(length)};
  }

  std::optional<Error> resolve() {
    imported_.bindings.reserve(pending_.size());
    for (Pending& softwire : pending_) {
      Result<PortParameters> parameters =
          softwire.bits.length ? port_parameters(softwire.bits, softwire.line) : look_up(softwire);
      if (!parameters) return parameters.error();
      const auto ports = PortSet::make(parameters->psid_offset, parameters->psid_len, softwire.psid);
      if (!ports) {
        return error_at(name_, softwire.line,
                        "psid " + std::to_string(softwire.psid) + " does not fit in psid-length " +
                            std::to_string(parameters->psid_len) + "; it may be " +
                            std::to_string(parameters->psid_mask()) + " at most");
      }
      if (softwire.br.is_unspecified()) {
        if (softwire.br_index == 0 || softwire.br_index > br_addresses_.size()) {
          return error_at(name_, softwire.line,
                          "the softwire has no br-address; give one, or br and the number of one of the " +
                              std::to_string(br_addresses_.size()) + " of the binding-table");
        }
        softwire.br = br_addresses_[softwire.br_index - 1];
      }
      if (softwire.br == softwire.b4) {
        return error_at(name_, softwire.line,
                        "b4-ipv6 and br-address are the same address; give each end its own address");
      }
      imported_.bindings.push_back({softwire.ipv4, *ports, softwire.b4, softwire.br});
    }
    return std::nullopt;
  }

  Result<PortParameters> look_up(const Pending& softwire) {
    auto after = psid_map_.upper_bound(softwire.ipv4);
    if (after != psid_map_.begin() && std::prev(after)->second.last >= softwire.ipv4) {
      return std::prev(after)->second.parameters;
    }
    return error_at(name_, softwire.line,
                    "it is not defined how the ports of " + to_string(softwire.ipv4) +
                        " are divided; give the softwire a port-set, or the address a psid-map");
  }

  YangText text_;
  const std::string& name_;
  Imported imported_;
  Settings settings_;
  SnabbInterfaces interfaces_;
  std::vector<Pending> pending_;
  std::vector<Ipv6Address> br_addresses_;
  std::map<Ipv4Address, AddressRange> psid_map_;  // by the first address
  bool said_reserved_ = false;
};

}  // namespace

Result<Imported> import_snabb(std::string_view text, const std::string& name) {
  return SnabbImport(text, name).run();
}

}  // namespace softwire::ctl
