/* SPDX-License-Identifier: Apache-2.0 */
/* lint: table */
#pragma once

/* Written by tests/vector/seal/make_vectors.py. */

static const struct seal_row {
	const char *why, *key, *tenant, *kind, *name, *value, *text;
} seal_rows[] = {
	// clang-format off
	{"a password's hash", "42a1732b8a980ee073a4378acda2a4f91ab3deeea878268a1f659890b510dce9", "lab", "password", "alice", "c8099793f1e1fa7fcb6092085574e48c", "sekisho1:hGK6+qZSzSfcgnk10/Ss/mPsr/8UYLNfhTIhHISe8U7CZsLR9hnF2Hvf8ELVc79OPURaJJQgP0hyDItL6rwq+ow+8otusMQg0BNniyyBQSVKQBk0shGUxA=="},
	{"a key of one octet", "b5b4c2d4978b53a799184c945b882ce814819072a72fe674fc6a5ff4eef53547", "lab", "psk", "*", "c6", "sekisho1:7zoBMA8Ec+swd+vq+nMnEPa2TLM1k/z4w5hSKvECijr+WhsUM0ITM9RW9VLcblI61ntne1gL11aoQAocixyK4UJdSoOxqT87j4M/17/xz49gVcMeJy3jBw=="},
	{"a key that fills its step", "1fd13792dd18b7d3fd374ed2413a10ca4625e2d26afb2a51a87625ec54d1d0c1", "lab", "psk", "vpn.example", "c0867f18da4dbeb07f7b09b4e82a13d8ca4389f0947615a4b178a60150f7cf", "sekisho1:oYLXO4dF6OfIp8uJnFgekXnQNFAHRmU5sKQUCtB+/b9daj0y/AwLmvdvpX6gp80B1qUVSxuoC/p51aPEgFtR6C3ptHye/ZD5mKjlvZAQDUbe2iWYl4qTZg=="},
	{"a key one octet longer", "48742adf78438f85a070aa3a01dc5fbf24342b73c616e2efc1ecf2db56085fad", "blue", "psk", "vpn.example", "5c9506e3eb018987a0ad1b91a41dc4bbb7b24637a9adab2ca2dd1e24cacc59b1", "sekisho1:Ad8vWuziPrjb7xCqY4/Lrh0rOTPU3OhGhkKqbsbHI9hFgwCpH51vSyZsGqrTO5qlgevgOCKaISw/WeXIC9ZWlms2buKOJ4JULV6ZukpNKPZNwZ3MD2XbYBUMrpA3pXu/G0UvE7AtZGgyv3iLiwHCPfplS3qDm+Tq"},
	{"the longest", "41281b5a65084b379795c43691e29938ca689cc91acbd2f37ca290433ed9d484", "a", "psk", "\343\201\202 b", "f59eee0a71bde45bebc6fd666668e647322dd98024111b9bfbccacb59a4baf1763fdda03b3b82c5b10fe19cad537d11b9cf3730dc4ba7144e29e7a607f6e781d6d93f3af2dce94091744f4225763e7e86723828b1e626106eba0fa5e52a76335eadbb37d9ed54cbd1cc4de832440e27595d1b2b65ce2f7196cb41af1237f1e945b06e65152fc748b2104d24729d42c42d2cf60403252118b3a691c6f9d53c6", "sekisho1:rF38rIzeE/ObB88bP5flotV5Nr7ifYLJscCFpPgycbQ2fKDrJjapI7LOYLJIUro3nN4GtVVwCW0fnA5rH83FiclFnsvm3dCufFucSAHfYX4ZOlYF4RJKaZmQBaXD/TyHudZ/pv7TuUNumFgCVL9HbUGA8e3xDRD4oNlkxk/uLpbdOX8gm14muLGjO7QzyeLqrUB7k2qaYoWMxJw8BaXlFaR6/mfhhucOR5C4mRaa5xpIVV8Gu5GxfGLm+52YRoFWcDsS7H/CjwIRAwomsobZ6o911glq3WRH"},
	// clang-format on
};
