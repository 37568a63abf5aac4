# SPDX-License-Identifier: BSD-3-Clause
"""The configuration of a hub whose ports are rings: it needs neither interfaces nor root."""

CONFIG = """softwires = softwires.conf
control-socket = control.sock
state = {state}
idle = sleep
hugepages = no
[ipv4]
port = net_ring0
mac = 02:00:00:00:00:04
address = 198.51.100.1
gateway-mac = 02:00:00:00:01:04
[ipv6]
port = net_ring1
mac = 02:00:00:00:00:06
gateway-mac = 02:00:00:00:01:06
"""
