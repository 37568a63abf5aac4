// SPDX-License-Identifier: BSD-3-Clause
// Rules of HTTP for requests, which the library leaves to the server.
#pragma once

#include <boost/beast/http.hpp>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace softwire::controlplane::metrics {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

// Returns the status with which a request must be refused, or nullopt. Requires: the header has been read.
//   400: no Host field in HTTP/1.1, or several (RFC 9112 section 3.2); a Transfer-Encoding that does not end
//   in
//        chunked, so that nobody knows where the body ends (RFC 9112 section 6.3)
//   501: an unknown method (RFC 9110 section 9.1)
[[nodiscard]] std::optional<boost::beast::http::status> fault_of(const RequestParser& request);

// Returns the status for a header that is too long: 414 for the request line (RFC 9112 section 3), else 431
// (RFC 6585 section 5).
[[nodiscard]] boost::beast::http::status status_of_long(const RequestParser& request);

// Returns the path of a request target in origin-form or absolute-form (RFC 9112 section 3.2), without query.
[[nodiscard]] std::string_view path_of(std::string_view target);

// Returns the time as in the Date field (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(std::time_t time);

}  // namespace softwire::controlplane::metrics
