// SPDX-License-Identifier: BSD-3-Clause
// Metrics as text: OpenMetrics 1.0.0, or the older Prometheus text format 0.0.4, which differ in names of
// families and in the last line. Appends to one string, so that a scrape costs one buffer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace softwire::controlplane::metrics {

enum class Format : std::uint8_t { kOpenMetrics, kPrometheus };

// As an HTTP response names it.
std::string_view content_type(Format format);

// What a client gets that sends this Accept (RFC 9110 section 12.5.1; empty: none): OpenMetrics, unless
// text/plain is preferred, or OpenMetrics not acceptable.
Format choose_format(std::string_view accept);

enum class Type : std::uint8_t { kCounter, kGauge, kInfo };

struct Family {
  std::string_view name;  // without what its type adds: "_total" to a counter, "_info" to an info
  Type type = Type::kGauge;
  std::string_view unit;    // what the name ends in; empty: none
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

  // Begins a family; its samples follow, ahead of the next family.
  void begin(const Family& family);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);  // finite
  // After the last family.
  void end();

 private:
  void metadata(std::string_view keyword, std::string_view text);
  void begin_sample(Labels labels);
  // Backslash, line feed and, if so, quotes.
  void escaped(std::string_view text, bool quotes);

  const Format format_;
  std::string& out_;
  std::string_view name_;           // of the family as its metadata have it
  std::string_view family_suffix_;  // to be added to that
  std::string_view sample_suffix_;  // to be added to that of samples
};

}  // namespace softwire::controlplane::metrics
