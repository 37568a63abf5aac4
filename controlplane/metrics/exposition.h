// SPDX-License-Identifier: BSD-3-Clause
// Writes metrics as text: OpenMetrics 1.0.0, or the older Prometheus text format 0.0.4. They differ in the
// names of families and in the last line. Appends to one string, so that a scrape needs one buffer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace softwire::controlplane::metrics {

enum class Format : std::uint8_t { kOpenMetrics, kPrometheus };

// Returns the content type for an HTTP response.
std::string_view content_type(Format format);

// Returns the format for a client that sends this Accept header (RFC 9110 section 12.5.1). Empty: no header.
// Returns OpenMetrics, unless the client prefers text/plain or does not accept OpenMetrics.
Format choose_format(std::string_view accept);

enum class Type : std::uint8_t { kCounter, kGauge, kInfo };

struct Family {
  std::string_view name;  // without the suffix of its type: "_total" of a counter, "_info" of an info
  Type type = Type::kGauge;
  std::string_view unit;    // suffix of the name; empty: no unit
  std::string_view labels;  // for people
  std::string_view help;
};

struct Label {
  std::string_view name;
  std::string_view value;  // any UTF-8
};

class Exposition {
 public:
  using Labels = std::initializer_list<Label>;

  Exposition(Format format, std::string& out) : format_(format), out_(out) {}

  // Begins a family. Its samples must follow before the next family.
  void begin(const Family& family);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);  // must be finite
  // Call it after the last family.
  void end();

 private:
  void metadata(std::string_view keyword, std::string_view text);
  void begin_sample(Labels labels);
  // Escapes backslashes and line feeds, and quotes if `quotes`.
  void escaped(std::string_view text, bool quotes);

  const Format format_;
  std::string& out_;
  std::string_view name_;           // name of the family in its metadata
  std::string_view family_suffix_;  // added to the name in metadata
  std::string_view sample_suffix_;  // added to the name in samples
};

}  // namespace softwire::controlplane::metrics
