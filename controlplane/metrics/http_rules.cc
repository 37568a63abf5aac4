// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/http_rules.h"

#include <boost/algorithm/string/predicate.hpp>

#include <array>

namespace softwire::controlplane::metrics {

namespace http = boost::beast::http;

std::optional<http::status> fault_of(const RequestParser& request) {
  constexpr unsigned kHttp11 = 11;
  const auto& fields = request.get();
  const std::size_t hosts = fields.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && fields.version() >= kHttp11)) return http::status::bad_request;
  if (fields.count(http::field::transfer_encoding) != 0 && !request.chunked()) {
    return http::status::bad_request;
  }
  if (fields.method() == http::verb::unknown) return http::status::not_implemented;
  return std::nullopt;
}

http::status status_of_long(const RequestParser& request) {
  // The parser takes the request line as a whole.
  return request.get().target().empty() ? http::status::uri_too_long
                                        : http::status::request_header_fields_too_large;
}

std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (boost::algorithm::istarts_with(target, kScheme)) {
    target.remove_prefix(kScheme.size());
    const std::size_t end = target.find_first_of("/?");
    target = end == std::string_view::npos || target[end] == '?' ? "/" : target.substr(end);
  }
  return target.substr(0, target.find('?'));
}

std::string http_date(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), length};
}

}  // namespace softwire::controlplane::metrics
