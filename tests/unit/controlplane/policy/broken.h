/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* lint: table */

/*
 * broken - two sound documents, and the table of ways to break them.
 *
 * A row replaces the first @find in its document by @by and says, word for word, what the
 * operator is told.
 */

enum broken_file {
	APPLIANCE,
	TENANT,
};

static const char sound_appliance[] =
	"{\n"
	"  \"name\": \"gw\",\n"
	"  \"interfaces\": [\n"
	"    {\"name\": \"wan\", \"port\": \"wan0\", \"address\": \"198.51.100.1/24\"}\n"
	"  ],\n"
	"  \"routes\": [{\"prefix\": \"0.0.0.0/0\", \"gateway\": \"198.51.100.254\"}],\n"
	"  \"ike\": {\"half_open_max\": 100},\n"
	"  \"accounts\": {\"session\": \"1001\", \"keys\": \"1002\", \"log\": \"1003\"}\n"
	"}\n";

static const char sound_tenant[] =
	"{\n"
	"  \"label\": \"T\",\n"
	"  \"gateway\": {\"addresses\": [\"198.51.100.1\"], \"identity\": \"vpn.test\",\n"
	"    \"certificate\": \"server\"},\n"
	"  \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\", \"vlan\": 7, "
	"\"address\": \"10.20.0.1/24\"}],\n"
	"  \"routes\": [{\"prefix\": \"10.30.0.0/16\", \"gateway\": \"10.20.0.2\"}],\n"
	"  \"pools\": [{\"name\": \"p1\", \"first\": \"10.99.0.10\", \"last\": "
	"\"10.99.0.99\"},\n"
	"    {\"name\": \"p2\", \"first\": \"10.99.1.10\", \"last\": \"10.99.1.99\"}],\n"
	"  \"dns\": [\"10.20.0.10\"],\n"
	"  \"subnets\": [\"10.20.0.0/24\", \"10.30.0.0/16\"],\n"
	"  \"user_groups\": [{\"name\": \"staff\"}, {\"name\": \"guests\"}],\n"
	"  \"users\": [{\"name\": \"bob\", \"groups\": [\"staff\", \"guests\"]},\n"
	"    {\"name\": \"alice\", \"groups\": [\"staff\"], \"address\": \"10.99.0.50\"}],\n"
	"  \"host_groups\": [{\"name\": \"corp\", \"hosts\": [\"10.20.0.0/24\"]}],\n"
	"  \"service_groups\": [{\"name\": \"web\", \"services\": [\"tcp/80\", "
	"\"tcp/443\"]}],\n"
	"  \"rules\": [{\"name\": \"r1\", \"users\": [\"staff\"], \"hosts\": [\"corp\"],\n"
	"    \"services\": [\"web\"], \"action\": \"allow\"}],\n"
	"  \"crypto\": {\"ike\": [\"aes128gcm16-prfsha256-ecp256\"], \"esp\": "
	"[\"aes128gcm16\"]},\n"
	"  \"limits\": {\"sessions\": 100},\n"
	"  \"timers\": {\"dpd_seconds\": 30},\n"
	"  \"inner_mtu\": 1400\n"
	"}\n";

#define A "appliance.json: "
#define T "tenants/t.json: "

static const struct broken {
	const char *why;
	enum broken_file file;
	const char *find, *by;
	const char *want;
} broken[] = {
	// clang-format off
	/* ---- text ---- */
	{"empty document", TENANT, sound_tenant, "",
	 T "line 1, column 0: found unexpected token near end of file, expected a JSON document (RFC 8259)"},
	{"not JSON", TENANT, "\"label\": \"T\"", "label: T",
	 T "line 2, column 7: found string or '}' expected near 'label', expected a JSON document (RFC 8259)"},
	{"cut off", TENANT, "  \"inner_mtu\": 1400\n}\n", "",
	 T "line 21, column 0: found string or '}' expected near end of file, expected a JSON document (RFC 8259)"},
	{"octets after the end", TENANT, "1400\n}", "1400\n} x",
	 T "line 22, column 3: found end of file expected near 'x', expected a JSON document (RFC 8259)"},
	{"key twice", TENANT, "\"label\": \"T\"", "\"label\": \"T\", \"label\": \"U\"",
	 T "line 2, column 23: found duplicate object key near '\"label\"', expected each key once in an object"},
	{"key twice, deep", TENANT, "\"name\": \"bob\"", "\"name\": \"bob\", \"name\": \"eve\"",
	 T "line 12, column 34: found duplicate object key near '\"name\"', expected each key once in an object"},
	{"not UTF-8", TENANT, "\"T\"", "\"\xff\"",
	 T "line 2, column 12: found unable to decode byte 0xff near '\"', expected a JSON document (RFC 8259)"},
	{"NUL in a string", TENANT, "\"T\"", "\"a\\u0000b\"",
	 T "line 2, column 21: found \\u0000 is not allowed without JSON_ALLOW_NUL near '\"a\\u0000b\"', expected a JSON document (RFC 8259)"},
	{"too deep", TENANT, "\"T\"", "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
	 T "line 2: found arrays and objects too deep, expected at most 16 inside each other"},
	{"document is an array", TENANT, sound_tenant, "[]",
	 T "$: found an empty array, expected an object: a customer of this gateway"},
	{"document is a word", TENANT, sound_tenant, "true",
	 T "$: found true, expected an object: a customer of this gateway"},
	/* ---- keys and types ---- */
	{"unknown key at the top", TENANT, "\"label\"", "\"lable\"",
	 T "$.lable: found an unknown key, expected one of: label, note, gateway, interfaces, routes, pools, dns, subnets, user_groups, users, host_groups, service_groups, rules, crypto, limits, timers, inner_mtu"},
	{"unknown key in a list", TENANT, "\"hosts\": [\"corp\"]", "\"host\": [\"corp\"]",
	 T "$.rules[0].host: found an unknown key, expected one of: name, users, hosts, services, action, log, enabled, note"},
	{"unknown key with control characters", TENANT, "\"inner_mtu\"", "\"inner\\u001b[2Jmtu\"",
	 T "$[\"inner?[2Jmtu\"]: found an unknown key, expected one of: label, note, gateway, interfaces, routes, pools, dns, subnets, user_groups, users, host_groups, service_groups, rules, crypto, limits, timers, inner_mtu"},
	{"missing key at the top", TENANT, "  \"label\": \"T\",\n", "",
	 T "$.label: found nothing, expected printable text of 1 to 63 octets: what people call this tenant"},
	{"missing key in a list", TENANT, ", \"action\": \"allow\"", "",
	 T "$.rules[0].action: found nothing, expected \"deny\" or \"allow\": what becomes of a flow"},
	{"missing object", APPLIANCE, "\"name\": \"gw\",", "",
	 A "$.name: found nothing, expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit: what logs and people call this gateway"},
	{"string for a number", TENANT, "1400", "\"1400\"",
	 T "$.inner_mtu: found \"1400\", expected a whole number from 576 to 9000"},
	{"number with decimals", TENANT, "1400", "1400.0",
	 T "$.inner_mtu: found 1400.0, expected a whole number from 576 to 9000"},
	{"number for a string", TENANT, "\"T\"", "5",
	 T "$.label: found 5, expected printable text of 1 to 63 octets"},
	{"null", TENANT, "\"T\"", "null",
	 T "$.label: found null, expected printable text of 1 to 63 octets"},
	{"object for an array", TENANT, "[\"10.20.0.10\"]", "{}",
	 T "$.dns: found an object, expected an array: name servers told to clients"},
	{"array for an object", TENANT, "{\"sessions\": 100}", "[]",
	 T "$.limits: found an empty array, expected an object: how much it may use"},
	{"string for an object", TENANT, "{\"dpd_seconds\": 30}", "\"30\"",
	 T "$.timers: found \"30\", expected an object: how long things last"},
	{"word for a boolean", TENANT, "\"action\": \"allow\"", "\"action\": \"allow\", \"log\": \"yes\"",
	 T "$.rules[0].log: found \"yes\", expected true or false"},
	{"number in a list of names", TENANT, "[\"staff\", \"guests\"]", "[\"staff\", 3]",
	 T "$.users[0].groups[1]: found 3, expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit"},
	/* ---- ranges ---- */
	{"number too small", TENANT, "1400", "575",
	 T "$.inner_mtu: found 575, expected a whole number from 576 to 9000"},
	{"number too large", TENANT, "1400", "9001",
	 T "$.inner_mtu: found 9001, expected a whole number from 576 to 9000"},
	{"number negative", TENANT, "\"sessions\": 100", "\"sessions\": -1",
	 T "$.limits.sessions: found -1, expected a whole number from 1 to 1000000"},
	{"number far out of range", TENANT, "\"sessions\": 100", "\"sessions\": 4294967296",
	 T "$.limits.sessions: found 4294967296, expected a whole number from 1 to 1000000"},
	{"number beyond 64 bits", TENANT, "\"sessions\": 100", "\"sessions\": 99999999999999999999",
	 T "line 19, column 45: found too big integer near '99999999999999999999', expected a JSON document (RFC 8259)"},
	{"VLAN 4095", TENANT, "\"vlan\": 7", "\"vlan\": 4095",
	 T "$.interfaces[0].vlan: found 4095, expected a whole number from 0 to 4094"},
	{"no half-open at all", APPLIANCE, "\"half_open_max\": 100", "\"half_open_max\": 0",
	 A "$.ike.half_open_max: found 0, expected a whole number from 1 to 1000000"},
	{"label too long", TENANT, "\"T\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
	 T "$.label: found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", expected printable text of 1 to 63 octets"},
	{"label empty", TENANT, "\"T\"", "\"\"",
	 T "$.label: found \"\", expected printable text of 1 to 63 octets"},
	{"label with a line end", TENANT, "\"T\"", "\"a\\nb\"",
	 T "$.label: found \"a\\nb\", expected printable text of 1 to 63 octets"},
	{"name with a space", TENANT, "\"p1\"", "\"p 1\"",
	 T "$.pools[0].name: found \"p 1\", expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit"},
	{"user name with an outer space", TENANT, "\"bob\"", "\"bob \"",
	 T "$.users[0].name: found \"bob \", expected a user name of 1 to 127 octets without control characters and outer spaces"},
	{"identity is no domain name", TENANT, "\"vpn.test\"", "\"vpn..test\"",
	 T "$.gateway.identity: found \"vpn..test\", expected a domain name such as \"vpn.example.com\""},
	{"certificate climbs", TENANT, "\"server\"", "\"../server\"",
	 T "$.gateway.certificate: found \"../server\", expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit"},
	{"log directory climbs", APPLIANCE, "\"name\": \"gw\",", "\"name\": \"gw\", \"log_directory\": \"../x\",",
	 A "$.log_directory: found \"../x\", expected a path of letters, digits, \".\", \"_\", \"-\", \"/\" without \"..\""},
	{"runs as root", APPLIANCE, "\"1002\"", "\"0\"",
	 A "$.accounts.keys: found \"0\", expected a user name or number of this machine that is not root"},
	{"two processes as one user", APPLIANCE, "\"1002\"", "\"1001\"",
	 A "$.accounts.keys: found \"1001\", expected another user than that of \"session\""},
	{"port name too long", APPLIANCE, "\"wan0\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
	 A "$.interfaces[0].port: found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", expected a port name of 1 to 31 letters, digits, \".\", \"_\", \"-\", \":\""},
	{"word not known", TENANT, "\"allow\"", "\"permit\"",
	 T "$.rules[0].action: found \"permit\", expected \"deny\" or \"allow\""},
	{"empty list", TENANT, "\"subnets\": [\"10.20.0.0/24\", \"10.30.0.0/16\"]", "\"subnets\": []",
	 T "$.subnets: found an empty array, expected at least 1: networks offered to clients; \"0.0.0.0/0\" sends all their traffic here"},
	{"too many name servers", TENANT, "[\"10.20.0.10\"]", "[\"10.1.0.1\",\"10.1.0.2\",\"10.1.0.3\",\"10.1.0.4\",\"10.1.0.5\"]",
	 T "$.dns: found 5 elements, expected 0 to 4"},
	/* ---- addresses ---- */
	{"half an address", TENANT, "\"10.99.0.10\"", "\"10.99\"",
	 T "$.pools[0].first: found \"10.99\", expected an IPv4 address such as \"10.0.0.1\""},
	{"address of no host", TENANT, "\"10.20.0.10\"", "\"127.0.0.1\"",
	 T "$.dns[0]: found \"127.0.0.1\", expected an address a host can have"},
	{"IPv6 address", TENANT, "\"10.20.0.10\"", "\"2001:db8::1\"",
	 T "$.dns[0]: found \"2001:db8::1\", expected an IPv4 address such as \"10.0.0.1\": IPv6 is not supported in this version"},
	{"IPv6 pool", TENANT, "\"10.99.0.10\"", "\"2001:db8::10\"",
	 T "$.pools[0].first: found \"2001:db8::10\", expected an IPv4 address such as \"10.0.0.1\": IPv6 is not supported in this version"},
	{"IPv6 subnet", TENANT, "\"10.30.0.0/16\"]", "\"2001:db8::/32\"]",
	 T "$.subnets[1]: found \"2001:db8::/32\", expected an IPv4 prefix such as \"10.0.0.0/8\": IPv6 is not supported in this version"},
	{"IPv6 interface", TENANT, "\"10.20.0.1/24\"", "\"2001:db8::1/64\"",
	 T "$.interfaces[0].address: found \"2001:db8::1/64\", expected an IPv4 address with its prefix length such as \"10.0.0.1/24\": IPv6 is not supported in this version"},
	{"IPv6 host of a rule", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"::/0\"]",
	 T "$.host_groups[0].hosts[0]: found \"::/0\", expected an IPv4 address, prefix or range such as \"10.0.0.1-10.0.0.9\": IPv6 is not supported in this version"},
	{"prefix with host bits", TENANT, "[\"10.20.0.0/24\",", "[\"10.20.0.1/24\",",
	 T "$.subnets[0]: found \"10.20.0.1/24\", expected a prefix without host bits, 10.20.0.0/24 for this one"},
	{"prefix too long", TENANT, "[\"10.20.0.0/24\",", "[\"10.20.0.0/33\",",
	 T "$.subnets[0]: found \"10.20.0.0/33\", expected an IPv4 prefix such as \"10.0.0.0/8\""},
	{"interface without a length", TENANT, "\"10.20.0.1/24\"", "\"10.20.0.1\"",
	 T "$.interfaces[0].address: found \"10.20.0.1\", expected an IPv4 address with its prefix length such as \"10.0.0.1/24\""},
	{"interface with the network's address", TENANT, "\"10.20.0.1/24\"", "\"10.20.0.0/24\"",
	 T "$.interfaces[0].address: found \"10.20.0.0/24\", expected an address of a host, not the first or last of its network"},
	{"interface with the broadcast address", TENANT, "\"10.20.0.1/24\"", "\"10.20.0.255/24\"",
	 T "$.interfaces[0].address: found \"10.20.0.255/24\", expected an address of a host, not the first or last of its network"},
	{"range upside down", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"10.0.0.9-10.0.0.1\"]",
	 T "$.host_groups[0].hosts[0]: found \"10.0.0.9-10.0.0.1\", expected a range whose first address is the lower"},
	{"range half", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"10.0.0.9-\"]",
	 T "$.host_groups[0].hosts[0]: found \"10.0.0.9-\", expected an IPv4 address, prefix or range such as \"10.0.0.1-10.0.0.9\""},
	/* ---- names twice, names that lead nowhere ---- */
	{"pool twice", TENANT, "\"p2\"", "\"p1\"",
	 T "$.pools[1].name: found \"p1\", expected one that is not used yet: $.pools[0] has it"},
	{"user twice", TENANT, "\"bob\"", "\"alice\"",
	 T "$.users[1].name: found \"alice\", expected one that is not used yet: $.users[0] has it"},
	{"user group twice", TENANT, "{\"name\": \"guests\"}", "{\"name\": \"staff\"}",
	 T "$.user_groups[1].name: found \"staff\", expected one that is not used yet: $.user_groups[0] has it"},
	{"user group \"any\"", TENANT, "{\"name\": \"guests\"}", "{\"name\": \"any\"}",
	 T "$.user_groups[1].name: found \"any\", expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit, other than \"any\""},
	{"host group \"any\"", TENANT, "{\"name\": \"corp\"", "{\"name\": \"any\"",
	 T "$.host_groups[0].name: found \"any\", expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit, other than \"any\""},
	{"user in a group that is not there", TENANT, "[\"staff\", \"guests\"]", "[\"staff\", \"sale\"]",
	 T "$.users[0].groups[1]: found \"sale\", expected the name of a user group of this tenant"},
	{"user in a group twice", TENANT, "[\"staff\", \"guests\"]", "[\"staff\", \"staff\"]",
	 T "$.users[0].groups[1]: found \"staff\", expected each group once"},
	{"rule for a group that is not there", TENANT, "\"users\": [\"staff\"]", "\"users\": [\"sale\"]",
	 T "$.rules[0].users[0]: found \"sale\", expected the name of a user group of this tenant"},
	{"rule to hosts that are not there", TENANT, "\"hosts\": [\"corp\"]", "\"hosts\": [\"crop\"]",
	 T "$.rules[0].hosts[0]: found \"crop\", expected the name of a host group of this tenant"},
	{"rule to services that are not there", TENANT, "\"services\": [\"web\"]", "\"services\": [\"web\", \"mail\"]",
	 T "$.rules[0].services[1]: found \"mail\", expected the name of a service group of this tenant"},
	{"\"any\" among others", TENANT, "\"hosts\": [\"corp\"]", "\"hosts\": [\"corp\", \"any\"]",
	 T "$.rules[0].hosts[1]: found \"any\", expected \"any\" alone in its list"},
	{"a group twice in a rule", TENANT, "\"hosts\": [\"corp\"]", "\"hosts\": [\"corp\", \"corp\"]",
	 T "$.rules[0].hosts[1]: found \"corp\", expected each name once"},
	{"route by an interface that is not there", TENANT, "\"gateway\": \"10.20.0.2\"", "\"interface\": \"lan9\"",
	 T "$.routes[0].interface: found \"lan9\", expected the name of an interface of this document"},
	/* ---- what does not fit together ---- */
	{"route to nowhere", TENANT, ", \"gateway\": \"10.20.0.2\"", "",
	 T "$.routes[0]: found neither \"gateway\" nor \"interface\", expected one of the two"},
	{"route by a router far away", TENANT, "\"gateway\": \"10.20.0.2\"", "\"gateway\": \"10.21.0.2\"",
	 T "$.routes[0].gateway: found 10.21.0.2, expected an address in the network of an interface of this document"},
	{"route by the gateway itself", TENANT, "\"gateway\": \"10.20.0.2\"", "\"gateway\": \"10.20.0.1\"",
	 T "$.routes[0].gateway: found 10.20.0.1, expected another router: this is the address of interface \"lan\" itself"},
	{"route to a connected network", TENANT, "\"prefix\": \"10.30.0.0/16\"", "\"prefix\": \"10.20.0.0/24\"",
	 T "$.routes[0].prefix: found 10.20.0.0/24, expected a prefix that the network of an interface does not have"},
	{"port and VLAN of the outer side", TENANT, "\"port\": \"lan0\", \"vlan\": 7", "\"port\": \"wan0\"",
	 T "$.interfaces[0].port: found port \"wan0\" VLAN 0, expected a port and VLAN that no other interface has: \"wan\" of the appliance has it"},
	{"interfaces overlap", APPLIANCE, "/24\"}", "/24\"}, {\"name\": \"wan2\", \"port\": \"wan1\", \"address\": \"198.51.100.9/28\"}",
	 A "$.interfaces[1].address: found 198.51.100.0/28, expected a network apart from 198.51.100.0/24 of interface \"wan\""},
	{"pools overlap", TENANT, "\"first\": \"10.99.1.10\"", "\"first\": \"10.99.0.99\"",
	 T "$.pools[1]: found 10.99.0.99-10.99.1.99, expected a range apart from that of pool \"p1\""},
	{"pool upside down", TENANT, "\"last\": \"10.99.0.99\"", "\"last\": \"10.99.0.9\"",
	 T "$.pools[0].last: found 10.99.0.9, expected an address not below \"first\", 10.99.0.10"},
	{"pool too large", TENANT, "\"last\": \"10.99.0.99\"", "\"last\": \"10.200.0.0\"",
	 T "$.pools[0]: found 6619127 addresses in the pools up to here, expected at most 1048576 of a tenant"},
	{"pool in the network of an interface", TENANT, "\"10.99.1.10\", \"last\": \"10.99.1.99\"", "\"10.20.0.100\", \"last\": \"10.20.0.199\"",
	 T "$.pools[1]: found 10.20.0.100-10.20.0.199, expected a range apart from 10.20.0.0/24 of interface \"lan\""},
	{"pool holds a routed prefix", TENANT, "\"10.99.1.10\", \"last\": \"10.99.1.99\"", "\"10.29.255.0\", \"last\": \"10.31.0.0\"",
	 T "$.pools[1]: found 10.29.255.0-10.31.0.0, expected a range that does not hold 10.30.0.0/16 of $.routes[0]"},
	{"pool holds a name server", TENANT, "[\"10.20.0.10\"]", "[\"10.99.1.20\"]",
	 T "$.pools[1]: found 10.99.1.10-10.99.1.99, expected a range that does not hold 10.99.1.20 of $.dns[0]"},
	{"subnets overlap", TENANT, "\"10.30.0.0/16\"]", "\"10.20.0.128/25\"]",
	 T "$.subnets[1]: found 10.20.0.128/25, expected a prefix apart from 10.20.0.0/24 of $.subnets[0]"},
	{"fixed address outside the pools", TENANT, "\"10.99.0.50\"", "\"10.99.2.50\"",
	 T "$.users[1].address: found 10.99.2.50, expected an address in a pool of this tenant"},
	{"fixed address twice", TENANT, "{\"name\": \"bob\",", "{\"name\": \"bob\", \"address\": \"10.99.0.50\",",
	 T "$.users[1].address: found 10.99.0.50, expected an address of one user: $.users[0] has it"},
	{"name server twice", TENANT, "[\"10.20.0.10\"]", "[\"10.20.0.10\", \"10.20.0.10\"]",
	 T "$.dns[1]: found 10.20.0.10, expected each server once"},
	{"local address nobody has", TENANT, "[\"198.51.100.1\"]", "[\"203.0.113.1\"]",
	 T "$.gateway.addresses[0]: found 203.0.113.1, expected an address in the network of an outer interface (appliance.json)"},
	{"local address is the broadcast address", TENANT, "[\"198.51.100.1\"]", "[\"198.51.100.255\"]",
	 T "$.gateway.addresses[0]: found 198.51.100.255, expected an address of a host, not the first or last of its network"},
	{"local address is the router's", TENANT, "[\"198.51.100.1\"]", "[\"198.51.100.254\"]",
	 T "$.gateway.addresses[0]: found 198.51.100.254, expected an address of this gateway, not of the router of a route"},
	{"local address twice", TENANT, "[\"198.51.100.1\"]", "[\"198.51.100.1\", \"198.51.100.1\"]",
	 T "$.gateway.addresses[1]: found 198.51.100.1, expected each address once"},
	{"EAP without a certificate", TENANT, ",\n    \"certificate\": \"server\"", "",
	 T "$.gateway.certificate: found nothing, expected the name of a certificate below pki/, which \"eap-mschapv2\" needs"},
	{"method not known", TENANT, "\"identity\":", "\"authentication\": [\"eap-tls\"], \"identity\":",
	 T "$.gateway.authentication[0]: found \"eap-tls\", expected \"eap-mschapv2\" or \"psk\""},
	{"method twice", TENANT, "\"identity\":", "\"authentication\": [\"psk\", \"psk\"], \"identity\":",
	 T "$.gateway.authentication[1]: found a method twice, expected each method once"},
	{"route twice", TENANT, "\"routes\": [", "\"routes\": [{\"prefix\": \"10.30.0.0/16\", \"interface\": \"lan\"}, ",
	 T "$.routes[1].prefix: found 10.30.0.0/16, expected a prefix that another route does not have"},
	{"hosts with host bits", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"10.20.0.1/24\"]",
	 T "$.host_groups[0].hosts[0]: found \"10.20.0.1/24\", expected a prefix without host bits"},
	{"number for hosts", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [10]",
	 T "$.host_groups[0].hosts[0]: found 10, expected an IPv4 address, prefix or range such as \"10.0.0.1-10.0.0.9\""},
	{"range of no end to its first address", TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"1000000000000000000000000000000000000000000000000000000000000000000000-1\"]",
	 T "$.host_groups[0].hosts[0]: found \"1000000000000000000000000000000000000000000000000000000000000000000000-1\", expected an IPv4 address, prefix or range such as \"10.0.0.1-10.0.0.9\""},
	{"number for a proposal", TENANT, "[\"aes128gcm16\"]", "[128]",
	 T "$.crypto.esp[0]: found 128, expected an ESP proposal such as \"aes128gcm16\""},
	{"label of a domain that ends in a hyphen", TENANT, "\"vpn.test\"", "\"vpn-.test\"",
	 T "$.gateway.identity: found \"vpn-.test\", expected a domain name such as \"vpn.example.com\""},
	{"interface on a network too wide", TENANT, "\"10.20.0.1/24\"", "\"10.20.0.1/7\"",
	 T "$.interfaces[0].address: found \"10.20.0.1/7\", expected an address a host can have, with a prefix length from 8"},
	{"value too long to repeat", TENANT, "\"vpn.test\"", "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789!\"",
	 T "$.gateway.identity: found \"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901...\", expected a domain name such as \"vpn.example.com\""},
	{"interface name twice", TENANT, "\"interfaces\": [", "\"interfaces\": [{\"name\": \"lan\", \"port\": \"lan1\", \"address\": \"10.21.0.1/24\"}, ",
	 T "$.interfaces[1].name: found \"lan\", expected one that is not used yet: $.interfaces[0] has it"},
	{"rule name twice", TENANT, "\"rules\": [", "\"rules\": [{\"name\": \"r1\", \"users\": [\"any\"], \"hosts\": [\"any\"], \"services\": [\"any\"], \"action\": \"deny\"}, ",
	 T "$.rules[1].name: found \"r1\", expected one that is not used yet: $.rules[0] has it"},
	{"IPv6 local address", TENANT, "[\"198.51.100.1\"]", "[\"2001:db8::1\"]",
	 T "$.gateway.addresses[0]: found \"2001:db8::1\", expected an IPv4 address such as \"10.0.0.1\": IPv6 is not supported in this version"},
	{"gateway and interface of different wires", APPLIANCE, "\"gateway\": \"198.51.100.254\"", "\"gateway\": \"203.0.113.1\", \"interface\": \"wan\"",
	 A "$.routes[0].gateway: found 203.0.113.1, expected an address in the network of interface \"wan\""},
	/* ---- services ---- */
	{"service not known", TENANT, "\"tcp/80\"", "\"http\"",
	 T "$.service_groups[0].services[0]: found \"http\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"port 0", TENANT, "\"tcp/80\"", "\"tcp/0\"",
	 T "$.service_groups[0].services[0]: found \"tcp/0\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"port beyond", TENANT, "\"tcp/80\"", "\"tcp/65536\"",
	 T "$.service_groups[0].services[0]: found \"tcp/65536\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"ports upside down", TENANT, "\"tcp/80\"", "\"tcp/90-80\"",
	 T "$.service_groups[0].services[0]: found \"tcp/90-80\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"port of any", TENANT, "\"tcp/80\"", "\"any/80\"",
	 T "$.service_groups[0].services[0]: found \"any/80\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"ICMP type beyond", TENANT, "\"tcp/80\"", "\"icmp/256\"",
	 T "$.service_groups[0].services[0]: found \"icmp/256\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	{"protocol beyond", TENANT, "\"tcp/80\"", "\"protocol/256\"",
	 T "$.service_groups[0].services[0]: found \"protocol/256\", expected a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", \"protocol/47\" or \"any\""},
	/* ---- proposals ---- */
	{"proposal with a word not known", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128gcm16-prfsha256-modp1024\"",
	 T "$.crypto.ike[0]: found \"aes128gcm16-prfsha256-modp1024\", expected a known word in place of \"modp1024\": aes128gcm16 aes192gcm16 aes256gcm16 aes128 aes192 aes256 sha1 sha256 sha384 sha512 prfsha1 prfsha256 prfsha384 prfsha512 modp2048 ecp256 ecp384 curve25519 x25519"},
	{"proposal with an escape", TENANT, "[\"aes128gcm16\"]", "[\"aes\\u001b[2J\"]",
	 T "$.crypto.esp[0]: found \"aes\\u001B[2J\", expected a known word in place of \"aes?[2J\": aes128gcm16 aes256gcm16"},
	{"proposal with two groups", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128gcm16-prfsha256-ecp256-ecp384\"",
	 T "$.crypto.ike[0]: found \"aes128gcm16-prfsha256-ecp256-ecp384\", expected a key exchange group once, not both ecp256 and ecp384"},
	{"GCM with an integrity word", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128gcm16-sha256-ecp256\"",
	 T "$.crypto.ike[0]: found \"aes128gcm16-sha256-ecp256\", expected no sha256 beside aes128gcm16, which protects integrity itself"},
	{"CBC without an integrity word", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128-prfsha256-ecp256\"",
	 T "$.crypto.ike[0]: found \"aes128-prfsha256-ecp256\", expected a proposal with an integrity algorithm, such as \"aes256-sha256-ecp256\""},
	{"GCM without a PRF", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128gcm16-ecp256\"",
	 T "$.crypto.ike[0]: found \"aes128gcm16-ecp256\", expected a proposal with a PRF, such as \"aes128gcm16-prfsha256-ecp256\""},
	{"proposal without a group", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"aes128gcm16-prfsha256\"",
	 T "$.crypto.ike[0]: found \"aes128gcm16-prfsha256\", expected a proposal with a key exchange group, such as \"aes128gcm16-prfsha256-ecp256\""},
	{"proposal without a cipher", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"prfsha256-ecp256\"",
	 T "$.crypto.ike[0]: found \"prfsha256-ecp256\", expected a proposal with a cipher, such as \"aes128gcm16-prfsha256-ecp256\""},
	{"empty proposal", TENANT, "\"aes128gcm16-prfsha256-ecp256\"", "\"\"",
	 T "$.crypto.ike[0]: found \"\", expected a known word in place of \"\": aes128gcm16 aes192gcm16 aes256gcm16 aes128 aes192 aes256 sha1 sha256 sha384 sha512 prfsha1 prfsha256 prfsha384 prfsha512 modp2048 ecp256 ecp384 curve25519 x25519"},
	{"ESP the data plane lacks", TENANT, "[\"aes128gcm16\"]", "[\"aes256-sha256\"]",
	 T "$.crypto.esp[0]: found \"aes256-sha256\", expected a known word in place of \"aes256\": aes128gcm16 aes256gcm16"},
	{"ESP with a group", TENANT, "[\"aes128gcm16\"]", "[\"aes128gcm16-ecp256\"]",
	 T "$.crypto.esp[0]: found \"aes128gcm16-ecp256\", expected a known word in place of \"ecp256\": aes128gcm16 aes256gcm16"},
	// clang-format on
};
