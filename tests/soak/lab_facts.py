# SPDX-License-Identifier: BSD-3-Clause
"""Addresses of the soak's network, as tests/e2e/network.py has them; without its needs, for small programs."""

BR = "2001:db8:ff::1"
HUB4, EDGE, HUB6, ACCESS = "198.51.100.1", "198.51.100.254", "2001:db8:6::1", "2001:db8:6::254"
INTERNET = "203.0.113.80"

# Subscribers by number; each is in 2001:db8:1:N::/64, its B4 address ends with ::2.
SHARED = "192.0.2.77"  # of subscriber 1, psid 1 of psid-len 6, and of the attacker, psid 2
PSID_LEN, FIRST_PORT, LAST_PORT = 6, 1024, 2047
WHOLE = "192.0.2.9"  # of subscriber 2
LEASED = "192.0.2.10"  # of Kea, to subscriber 3
SERVED = "198.18.1.1"  # of the embedded server, to subscriber 4
CROWD_PREFIX = "2001:db8:1:8000::/50"  # clients of subscriber 5, one for each /64
CROWD_POOL = "198.18.2.0-198.18.2.255"

# They have bindings, and no end in the network: frames of theirs are made on the access network's wire.
ATTACKER_B4 = "2001:db8:2:1::2"
ATTACKER_WHOLE, ATTACKER_WHOLE_B4 = "192.0.2.66", "2001:db8:2:2::2"

CHURN = "198.19"  # bindings 198.19.x.y come and go
METRICS = ("127.0.0.1", 9600)
