// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/exposition.h"

#include <array>
#include <charconv>

namespace softwire::controlplane::metrics {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Removes the text before the separator, and the separator. Returns the text before it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

bool is_same_word(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower_case[i]) return false;
  }
  return true;
}

// How much a client prefers a media type: the weight of the most specific range that contains the type.
struct Preference {
  std::string_view type;     // "text/plain"
  std::string_view any;      // "text/*"
  std::string_view version;  // of the type; a range of another version does not match
  int specificity = 0;       // of the range that set the weight
  double weight = 0;

  void consider(std::string_view range, std::string_view range_version, double range_weight) {
    if (!range_version.empty() && range_version != version) return;
    const int rank = is_same_word(range, type) ? 3 : is_same_word(range, any) ? 2 : range == "*/*" ? 1 : 0;
    if (rank == 0 || rank < specificity) return;
    specificity = rank;
    weight = range_weight;
  }
};

double weight_of(std::string_view text) {
  double weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  return error == std::errc() && end == text.data() + text.size() && weight >= 0 && weight <= 1 ? weight : 0;
}

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

Format choose_format(std::string_view accept) {
  if (trimmed(accept).empty()) return Format::kOpenMetrics;
  Preference open_metrics{.type = "application/openmetrics-text", .any = "application/*", .version = "1.0.0"};
  Preference plain{.type = "text/plain", .any = "text/*", .version = "0.0.4"};
  while (!accept.empty()) {
    std::string_view parameters = next_part(accept, ',');
    const std::string_view range = next_part(parameters, ';');
    std::string_view version;
    double weight = 1;
    while (!parameters.empty()) {
      std::string_view value = next_part(parameters, ';');
      const std::string_view name = next_part(value, '=');
      if (is_same_word(name, "version")) version = trimmed(value);
      if (is_same_word(name, "q")) weight = weight_of(trimmed(value));
    }
    open_metrics.consider(range, version, weight);
    plain.consider(range, version, weight);
  }
  return open_metrics.weight > 0 && open_metrics.weight >= plain.weight ? Format::kOpenMetrics
                                                                        : Format::kPrometheus;
}

void Exposition::begin(const Family& family) {
  const bool open = format_ == Format::kOpenMetrics;
  const std::string_view suffix = family.type == Type::kCounter ? "_total"
                                  : family.type == Type::kInfo  ? "_info"
                                                                : "";
  name_ = family.name;
  family_suffix_ = open ? "" : suffix;
  sample_suffix_ = suffix;
  metadata("HELP", "");
  escaped(family.help, open);
  out_ += '\n';
  metadata("TYPE", family.type == Type::kCounter        ? "counter\n"
                   : open && family.type == Type::kInfo ? "info\n"
                                                        : "gauge\n");
  if (open && !family.unit.empty()) {
    metadata("UNIT", family.unit);
    out_ += '\n';
  }
}

void Exposition::metadata(std::string_view keyword, std::string_view text) {
  out_ += "# ";
  out_ += keyword;
  out_ += ' ';
  out_ += name_;
  out_ += family_suffix_;
  out_ += ' ';
  out_ += text;
}

void Exposition::begin_sample(Labels labels) {
  out_ += name_;
  out_ += sample_suffix_;
  char between = '{';
  for (const Label& label : labels) {
    out_ += between;
    between = ',';
    out_ += label.name;
    out_ += "=\"";
    escaped(label.value, true);
    out_ += '"';
  }
  if (labels.size() != 0) out_ += '}';
  out_ += ' ';
}

void Exposition::escaped(std::string_view text, bool quotes) {
  const std::string_view special = quotes ? "\\\n\"" : "\\\n";
  for (;;) {
    const std::size_t plain = text.find_first_of(special);
    out_ += text.substr(0, plain);
    if (plain == std::string_view::npos) return;
    out_ += '\\';
    out_ += text[plain] == '\n' ? 'n' : text[plain];
    text.remove_prefix(plain + 1);
  }
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  begin_sample(labels);
  std::array<char, 24> digits{};
  out_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
  out_ += '\n';
}

void Exposition::sample(Labels labels, double value) {
  begin_sample(labels);
  std::array<char, 32> digits{};
  out_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
  out_ += '\n';
}

void Exposition::end() {
  if (format_ == Format::kOpenMetrics) out_ += "# EOF\n";
}

}  // namespace softwire::controlplane::metrics
